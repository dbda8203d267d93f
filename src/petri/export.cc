// SPDX-License-Identifier: Apache-2.0
#include "petri/export.h"

#include <string_view>

#include <fmt/core.h>

namespace cairn::petri {

namespace {

std::string_view xml(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    default:
      return "";
  }
}

/// Text inside an element or an attribute. Control characters, which XML cannot hold, become
/// U+FFFD.
std::string xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20;
    const std::string_view escaped = is_control ? "\xEF\xBF\xBD" : xml(c);
    out += escaped.empty() ? std::string_view(&c, 1) : escaped;
  }
  return out;
}

class PnmlWriter final {
 public:
  std::string write(const schema::Schema& schema, const Net& net) {
    const DomainInfo& domain = schema.domain();
    out_ = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<pnml xmlns=\"http://www.pnml.org/version-2009/grammar/pnml\">\n"
        "  <net id=\"n1\" type=\"http://www.pnml.org/version-2009/grammar/ptnet\">\n"
        "    <name><text>{} {}</text></name>\n"
        "    <page id=\"g1\">\n",
        xml(domain.name), domain.version);
    for (std::size_t i = 0; i < net.places.size(); ++i) {
      write_place(i + 1, net.places[i]);
    }
    for (std::size_t i = 0; i < net.transitions.size(); ++i) {
      write_transition(i + 1, net.transitions[i]);
    }
    for (std::size_t i = 0; i < net.transitions.size(); ++i) {
      write_arcs(i + 1, net.transitions[i]);
    }
    out_ += "    </page>\n";
    if (!domain.edges.empty()) {
      write_edges(domain);
    }
    return out_ + "  </net>\n</pnml>\n";
  }

 private:
  void write_place(std::size_t id, const Place& place) {
    out_ += fmt::format("      <place id=\"p{}\">\n        <name><text>{}</text></name>\n", id,
                        xml(place.name));
    if (place.initial > 0) {
      out_ +=
          fmt::format("        <initialMarking><text>{}</text></initialMarking>\n", place.initial);
    }
    out_ += "      </place>\n";
  }

  void write_transition(std::size_t id, const Transition& transition) {
    out_ += fmt::format("      <transition id=\"t{}\">\n        <name><text>{}</text></name>\n", id,
                        xml(transition.name));
    if (transition.guarded) {
      out_ += "        <toolspecific tool=\"cairn\" version=\"1\"><guarded/></toolspecific>\n";
    }
    out_ += "      </transition>\n";
  }

  void write_arcs(std::size_t transition, const Transition& of) {
    for (const Arc& arc : of.takes) {
      write_arc(fmt::format("p{}", arc.place + 1), fmt::format("t{}", transition), arc.weight);
    }
    for (const Arc& arc : of.gives) {
      write_arc(fmt::format("t{}", transition), fmt::format("p{}", arc.place + 1), arc.weight);
    }
  }

  void write_arc(const std::string& from, const std::string& to, std::uint32_t weight) {
    out_ += fmt::format("      <arc id=\"a{}\" source=\"{}\" target=\"{}\"", ++arcs_, from, to);
    if (weight == 1) {
      out_ += "/>\n";
    } else {
      out_ += fmt::format("><inscription><text>{}</text></inscription></arc>\n", weight);
    }
  }

  void write_edges(const DomainInfo& domain) {
    const auto end = [&](std::string_view word, std::uint16_t record, Cardinality cardinality,
                         bool required) {
      return fmt::format(" {}=\"{}\" {}Cardinality=\"{}\" {}Required=\"{}\"", word,
                         xml(domain.records[record]->name), word,
                         cardinality == Cardinality::One ? "one" : "many", word, required);
    };
    out_ += "    <toolspecific tool=\"cairn\" version=\"1\">\n";
    for (const EdgeInfo& edge : domain.edges) {
      out_ += fmt::format(
          "      <edge name=\"{}\" inverse=\"{}\"{}{}/>\n", xml(edge.name), xml(edge.inverse),
          end("source", edge.source, edge.source_cardinality, edge.source_required),
          end("target", edge.target, edge.target_cardinality, edge.target_required));
    }
    out_ += "    </toolspecific>\n";
  }

  std::string out_;
  std::size_t arcs_ = 0;
};

/// A quoted string of DOT.
std::string dot(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

class DotWriter final {
 public:
  explicit DotWriter(const DomainInfo& domain) noexcept : domain_(domain) {}

  std::string write() {
    out_ = fmt::format(
        "digraph {} {{\n  rankdir=LR;\n  compound=true;\n  node [shape=circle, fontsize=10];\n"
        "  edge [fontsize=9];\n",
        dot(domain_.name));
    for (std::size_t i = 0; i < domain_.records.size(); ++i) {
      write_record(i, *domain_.records[i]);
    }
    for (const EdgeInfo& edge : domain_.edges) {
      write_edge(edge);
    }
    return out_ + "}\n";
  }

 private:
  /// The node that edges of a record start and end at.
  static std::string anchor(std::size_t record) { return fmt::format("r{}", record + 1); }

  void write_record(std::size_t position, const StructInfo& record) {
    out_ += fmt::format("  subgraph cluster_{} {{\n    label={};\n    {} [shape=point];\n",
                        position + 1, dot(record.name), anchor(position));
    std::size_t machine = 0;
    for (const FieldInfo& field : record.fields) {
      if (field.role == FieldRole::State) {
        write_machine(position, machine++, field);
      }
    }
    if (machine == 0) {
      out_ += fmt::format("    {}_row [label={}];\n    {} -> {}_row;\n", anchor(position),
                          dot(record.name), anchor(position), anchor(position));
    }
    out_ += "  }\n";
  }

  void write_machine(std::size_t record, std::size_t machine, const FieldInfo& field) {
    const auto values = field.type->enumeration->values;
    const auto node = [&](std::int64_t state) {
      return fmt::format("{}_{}_{}", anchor(record), machine + 1, state - values.front().value + 1);
    };
    for (const EnumValue& value : values) {
      bool has_exit = false;
      for (const cairn::Transition& step : field.machine->transitions) {
        has_exit = has_exit || (step.from == value.value && step.to != value.value);
      }
      out_ += fmt::format("    {} [label={}{}];\n", node(value.value), dot(value.name),
                          has_exit ? "" : ", shape=doublecircle");
    }
    out_ += fmt::format("    {} -> {} [label={}];\n", anchor(record), node(field.machine->initial),
                        dot(field.name));
    for (const cairn::Transition& step : field.machine->transitions) {
      out_ += fmt::format("    {} -> {}{};\n", node(step.from), node(step.to),
                          step.guarded ? " [label=\"guarded\"]" : "");
    }
  }

  void write_edge(const EdgeInfo& edge) {
    const auto end = [](Cardinality cardinality, bool required) {
      return fmt::format("{}{}", cardinality == Cardinality::One ? "one" : "many",
                         required ? ", required" : "");
    };
    out_ += fmt::format(
        "  {} -> {} [style=dashed, ltail=cluster_{}, lhead=cluster_{}, label={}, taillabel={}, "
        "headlabel={}];\n",
        anchor(edge.source), anchor(edge.target), edge.source + 1, edge.target + 1, dot(edge.name),
        dot(end(edge.source_cardinality, edge.source_required)),
        dot(end(edge.target_cardinality, edge.target_required)));
  }

  const DomainInfo& domain_;
  std::string out_;
};

}  // namespace

std::string to_pnml(const schema::Schema& schema, const Net& net) {
  return PnmlWriter().write(schema, net);
}

std::string to_dot(const schema::Schema& schema) {
  return DotWriter(schema.domain()).write();
}

}  // namespace cairn::petri
