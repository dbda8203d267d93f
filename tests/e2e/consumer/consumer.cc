// SPDX-License-Identifier: Apache-2.0
// Uses every public header, and a symbol that only the installed archive defines.
#include <cstdio>

#include <cairn/error.h>
#include <cairn/ids.h>
#include <cairn/time.h>

namespace {

cairn::Result<cairn::Seq> parse_position(int number) {
  if (number <= 0) {
    return cairn::fail(cairn::Error(cairn::Errc::InvalidArgument, "positions start at 1")
                           .at("consumer")
                           .advise("pass a positive number"));
  }
  return cairn::Seq(static_cast<cairn::Seq::rep>(number));
}

cairn::Result<cairn::Seq> next_position(int number) {
  CAIRN_TRY(const auto position, parse_position(number));
  return position.next();
}

}  // namespace

int main() {
  const auto next = next_position(41);
  const auto refused = next_position(0);
  if (!next || refused || cairn::seconds(1) != cairn::milliseconds(1000)) {
    return 1;
  }
  std::printf("next position %llu\n%s\n", static_cast<unsigned long long>(next->value()),
              refused.error().to_string().c_str());
  return 0;
}
