// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "schema/names.h"
#include "schema/shape_names.h"
#include "schema/shapes.h"

namespace cairn::schema {

namespace {

constexpr std::size_t postgresql_name_bytes_max = 63;

/// One column: a field, or a field of a struct inside it.
struct Column {
  std::string name;  ///< "address.street"
  const TypeInfo* type = nullptr;
  bool is_nullable = false;
};

/// A struct has a column for each field; one that may be absent is a single column of JSON, as
/// arrays are.
void add_columns(const TypeInfo& type, const std::string& name, std::vector<Column>& columns) {
  if (type.kind == TypeKind::Struct) {
    for (const FieldInfo& field : type.structure->fields) {
      add_columns(*field.type, fmt::format("{}.{}", name, field.name), columns);
    }
    return;
  }
  const bool is_option = type.kind == TypeKind::Option;
  columns.push_back(
      {.name = name, .type = is_option ? type.element : &type, .is_nullable = is_option});
}

std::vector<Column> columns_of(const StructInfo& record, std::span<const std::uint16_t> positions,
                               const std::string& prefix) {
  std::vector<Column> columns;
  for (const std::uint16_t position : positions) {
    const FieldInfo& field = record.fields[position];
    add_columns(*field.type, prefix + std::string(field.name), columns);
  }
  return columns;
}

std::string id_quoted(std::string_view name) {
  return fmt::format("\"{}\"", name);
}

std::string name_list(const std::vector<Column>& columns) {
  std::string list;
  for (const Column& column : columns) {
    list += (list.empty() ? "" : ", ") + id_quoted(column.name);
  }
  return list;
}

std::string lower(std::string text) {
  for (char& c : text) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

/// The words of one dialect.
class Words final {
 public:
  explicit Words(SqlDialect dialect) noexcept : is_sqlite_(dialect == SqlDialect::Sqlite) {}

  [[nodiscard]] bool is_sqlite() const noexcept { return is_sqlite_; }

  [[nodiscard]] std::string type(const TypeInfo& type) const {
    switch (type.kind) {
      case TypeKind::Bool:
        return is_sqlite_ ? "INTEGER" : "BOOLEAN";
      case TypeKind::Integer:
        return integer(type.width, type.is_signed);
      case TypeKind::Id:
        return integer(8, false);
      case TypeKind::Timestamp:
      case TypeKind::Duration:
        return integer(8, true);
      case TypeKind::Decimal:
        return is_sqlite_ ? "TEXT" : fmt::format("NUMERIC(38,{})", type.scale);
      case TypeKind::Bytes:
      case TypeKind::Secret:
      case TypeKind::Digest:
        return is_sqlite_ ? "BLOB" : "BYTEA";
      case TypeKind::Uuid:
        return is_sqlite_ ? "TEXT" : "UUID";
      case TypeKind::Array:
      case TypeKind::Struct:
        return is_sqlite_ ? "TEXT" : "JSONB";
      default:
        return "TEXT";
    }
  }

  /// A condition that every value meets; empty when the type says it all.
  [[nodiscard]] std::string check(const Column& column) const {
    const TypeInfo& type = *column.type;
    const std::string name = id_quoted(column.name);
    switch (type.kind) {
      case TypeKind::Bool:
        return is_sqlite_ ? fmt::format("{} IN (0, 1)", name) : "";
      case TypeKind::Integer:
        return range(name, type.width, type.is_signed);
      case TypeKind::Id:
        return range(name, 8, false);
      case TypeKind::Enum:
        return fmt::format("{} IN ({})", name, enum_names(*type.enumeration));
      case TypeKind::Str:
        return fmt::format("{} <= {}",
                           is_sqlite_ ? fmt::format("length(CAST({} AS BLOB))", name)
                                      : fmt::format("octet_length({})", name),
                           type.capacity);
      case TypeKind::Bytes:
      case TypeKind::Secret:
        return fmt::format("{} <= {}", byte_length(name), type.capacity);
      case TypeKind::Digest:
        return fmt::format("{} = 32", byte_length(name));
      case TypeKind::Uuid:
        return is_sqlite_ ? fmt::format("length({}) = 36", name) : "";
      case TypeKind::Array:
      case TypeKind::Struct:
        return is_sqlite_ ? fmt::format("json_valid({})", name) : "";
      default:
        return "";
    }
  }

 private:
  [[nodiscard]] std::string byte_length(const std::string& name) const {
    return fmt::format("{}({})", is_sqlite_ ? "length" : "octet_length", name);
  }

  [[nodiscard]] std::string integer(unsigned width, bool is_signed) const {
    if (is_sqlite_) {
      return width == 16 ? "TEXT" : "INTEGER";
    }
    const unsigned bits = 8 * width + (is_signed ? 0 : 1);
    return bits <= 16   ? "SMALLINT"
           : bits <= 32 ? "INTEGER"
           : bits <= 64 ? "BIGINT"
           : bits <= 65 ? "NUMERIC(20)"
                        : "NUMERIC(39)";
  }

  /// Only what the column's own type does not say.
  [[nodiscard]] std::string range(const std::string& name, unsigned width, bool is_signed) const {
    if (width == 16) {
      return is_signed || is_sqlite_ ? "" : fmt::format("{} >= 0", name);
    }
    if (width == 8) {
      return is_signed    ? ""
             : is_sqlite_ ? fmt::format("{} >= 0", name)
                          : fmt::format("{} BETWEEN 0 AND 18446744073709551615", name);
    }
    if (is_signed && !is_sqlite_ && width > 1) {
      return "";
    }
    const std::int64_t count = std::int64_t{1} << (8 * width);
    return fmt::format("{} BETWEEN {} AND {}", name, is_signed ? -count / 2 : 0,
                       (is_signed ? count / 2 : count) - 1);
  }

  static std::string enum_names(const EnumInfo& enumeration) {
    std::string list;
    for (const EnumValue& value : enumeration.values) {
      list += fmt::format("{}'{}'", list.empty() ? "" : ", ", value.name);
    }
    return list;
  }

  bool is_sqlite_;
};

class SqlWriter final {
 public:
  SqlWriter(const Schema& schema, SqlDialect dialect) noexcept : schema_(schema), words_(dialect) {}

  Result<std::string> write() {
    const DomainInfo& domain = schema_.domain();
    out_ = fmt::format("-- Domain {}, version {}, for {}.\n-- Fingerprint {}.\n", domain.name,
                       domain.version, words_.is_sqlite() ? "SQLite" : "PostgreSQL",
                       schema_.fingerprint().to_string());
    for (const StructInfo* record : domain.records) {
      CAIRN_TRY(write_record(*record));
    }
    for (const EdgeInfo& edge : domain.edges) {
      CAIRN_TRY(write_edge(edge));
    }
    return out_ + references_;
  }

 private:
  Result<> claim(Scope& scope, const std::string& name) const {
    if (!words_.is_sqlite() && name.size() > postgresql_name_bytes_max) {
      return fail(Errc::TooLarge,
                  fmt::format("{} is longer than the {} bytes that PostgreSQL keeps of a name",
                              quoted(name), postgresql_name_bytes_max));
    }
    return scope.add(lower(name), "SQL, where case does not count");
  }

  Result<> write_columns(const std::vector<Column>& columns) {
    Scope names;
    for (const Column& column : columns) {
      CAIRN_TRY(claim(names, column.name));
      const std::string check = words_.check(column);
      out_ += fmt::format("  {} {}{}{},\n", id_quoted(column.name), words_.type(*column.type),
                          column.is_nullable ? "" : " NOT NULL",
                          check.empty() ? "" : fmt::format(" CHECK ({})", check));
    }
    return {};
  }

  Result<> write_record(const StructInfo& record) {
    CAIRN_TRY(claim(tables_, std::string(record.name)));
    std::vector<Column> columns;
    for (const FieldInfo& field : record.fields) {
      add_columns(*field.type, std::string(field.name), columns);
    }
    out_ += fmt::format("\nCREATE TABLE {} (\n", id_quoted(record.name));
    CAIRN_TRY(write_columns(columns));
    const std::vector<Column> key = key_columns(record, "");
    for (const Column& column : columns) {
      const bool names_itself =
          column.type->record == record.name && column.name == key.front().name;
      if (column.type->kind == TypeKind::Id && !names_itself) {
        const StructInfo& other = *schema_.record(column.type->record);
        write_reference(record.name, {column}, other, key_columns(other, ""));
      }
    }
    out_ += fmt::format("  PRIMARY KEY ({})\n);\n", name_list(key));
    for (const IndexInfo& index : record.indexes.subspan(1)) {
      CAIRN_TRY(write_index(record, index));
    }
    return {};
  }

  static std::vector<Column> key_columns(const StructInfo& record, const std::string& prefix) {
    return columns_of(record, record.indexes.front().fields, prefix);
  }

  Result<> write_index(const StructInfo& record, const IndexInfo& index) {
    const std::string name = fmt::format("{}.{}", record.name, index.name);
    CAIRN_TRY(claim(tables_, name));
    out_ += fmt::format("CREATE {}INDEX {} ON {} ({});\n", index.is_unique ? "UNIQUE " : "",
                        id_quoted(name), id_quoted(record.name),
                        name_list(columns_of(record, index.fields, "")));
    return {};
  }

  /// Checked when a transaction ends, since rows may refer to one another in a circle. SQLite takes
  /// it inside the table only, PostgreSQL only after the other table is there.
  void write_reference(std::string_view table, const std::vector<Column>& columns,
                       const StructInfo& other, const std::vector<Column>& key) {
    const std::string clause =
        fmt::format("FOREIGN KEY ({}) REFERENCES {} ({}) DEFERRABLE INITIALLY DEFERRED",
                    name_list(columns), id_quoted(other.name), name_list(key));
    if (words_.is_sqlite()) {
      out_ += fmt::format("  {},\n", clause);
    } else {
      references_ += fmt::format("\nALTER TABLE {} ADD {};\n", id_quoted(table), clause);
    }
  }

  Result<> write_edge(const EdgeInfo& edge) {
    const StructInfo& source = *schema_.domain().records[edge.source];
    const StructInfo& target = *schema_.domain().records[edge.target];
    CAIRN_TRY(claim(tables_, std::string(edge.name)));
    const std::vector<Column> from = key_columns(source, "source.");
    const std::vector<Column> to = key_columns(target, "target.");
    std::vector<Column> both = from;
    both.insert(both.end(), to.begin(), to.end());
    out_ += fmt::format("\nCREATE TABLE {} (\n", id_quoted(edge.name));
    CAIRN_TRY(write_columns(both));
    write_reference(edge.name, from, source, key_columns(source, ""));
    write_reference(edge.name, to, target, key_columns(target, ""));
    if (edge.target_cardinality == Cardinality::One) {
      out_ += fmt::format("  UNIQUE ({}),\n", name_list(from));
    }
    if (edge.source_cardinality == Cardinality::One) {
      out_ += fmt::format("  UNIQUE ({}),\n", name_list(to));
    }
    out_ += fmt::format("  PRIMARY KEY ({})\n);\n", name_list(both));
    const std::string index = fmt::format("{}.{}", edge.name, edge.inverse);
    CAIRN_TRY(claim(tables_, index));
    out_ += fmt::format("CREATE INDEX {} ON {} ({});\n", id_quoted(index), id_quoted(edge.name),
                        name_list(to));
    return {};
  }

  const Schema& schema_;
  Words words_;
  Scope tables_;
  std::string out_;
  std::string references_;
};

}  // namespace

Result<std::string> to_sql(const Schema& schema, SqlDialect dialect) {
  return SqlWriter(schema, dialect).write();
}

}  // namespace cairn::schema
