// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/journal_folder.h"

#include <utility>

#include "sys/posix/posix_disk.h"

namespace cairn::cli {

Result<std::unique_ptr<sys::Disk>> open_folder(const std::string& path) {
  auto disk = sys::make_posix_disk(path, sys::DiskBackend::Threads);
  return disk ? std::move(disk) : fail(std::move(disk).error().at(path));
}

Result<JournalFolder> JournalFolder::open(const std::string& path) {
  CAIRN_TRY(auto disk, open_folder(path));
  JournalFolder folder(std::move(disk));
  auto reader = journal::HistoryReader::open(*folder.disk_, "");
  if (!reader) {
    const bool is_missing = reader.error().code() == Errc::NotFound;
    return is_missing ? fail(Error(Errc::NotFound, "there is no journal in this folder")
                                 .at(path)
                                 .advise("name the folder that has the folder `log` in it"))
                      : fail(std::move(reader).error().at(path));
  }
  folder.reader_ = std::make_unique<journal::HistoryReader>(*std::move(reader));
  std::uint32_t in_force = 0;
  if (folder.reader_->durable() > Seq(0)) {
    CAIRN_TRY(const auto* const last, folder.reader_->at(folder.reader_->durable()));
    in_force = journal::Schemas::number_after(*last->record);
    CAIRN_TRY(const Seq first, folder.reader_->first());
    CAIRN_TRY(folder.reader_->seek(first));
  }
  CAIRN_TRY(folder.load_schemas(in_force));
  return folder;
}

Result<> JournalFolder::load_schemas(std::uint32_t in_force) {
  CAIRN_TRY(journal::Schemas schemas, journal::Schemas::open(*disk_, "", in_force));
  printer_.reset();
  payloads_.reset();
  schemas_ = std::make_unique<journal::Schemas>(std::move(schemas));
  payloads_ = std::make_unique<journal::Payloads>(*schemas_);
  printer_ = std::make_unique<journal::Printer>(*schemas_, *payloads_);
  return {};
}

Result<journal::Printer*> JournalFolder::printer_for(const journal::TransactionRecord& record) {
  if (record.schema > schemas_->in_force()) {
    CAIRN_TRY(load_schemas(record.schema));
  }
  return printer_.get();
}

}  // namespace cairn::cli
