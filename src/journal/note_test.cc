// SPDX-License-Identifier: Apache-2.0
#include "journal/note.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "journal/note_base64.h"
#include "journal/tree_head.h"
#include "tests/support/bytes.h"

namespace cairn::journal {
namespace {

using test::bytes_of_text;

/// The example of C2SP's signed-note, and that of its tlog-checkpoint.
const std::string poem =
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\n\xc3\xa8 subito "
    "sera.\n\n\xe2\x80\x94 quasimodo.example/salvatore "
    "NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc="
    "\n";
const std::string sofa =
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\xe2\x80\x94 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    "\n";

void expect_refused(std::string_view bytes, std::string_view why) {
  const auto note = parse_note(bytes);
  ASSERT_FALSE(note.has_value()) << bytes;
  EXPECT_EQ(note.error().code(), Errc::Corrupt);
  EXPECT_NE(note.error().message().find(why), std::string::npos) << note.error().to_string();
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  // Section 10, both ways.
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, base64] : vectors) {
    EXPECT_EQ(to_base64(bytes_of_text(plain)), base64);
    EXPECT_EQ(from_base64(base64), bytes_of_text(plain));
  }
}

TEST(Base64, RefusesEveryOtherSpelling) {
  // Padding missing, too much or in the midst, bits behind the end, other alphabets, white space.
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm-_",
        "Zm9v=", "Z=g=", "=Zg="}) {
    EXPECT_FALSE(from_base64(text).has_value()) << text;
  }
}

RC_GTEST_PROP(Base64, ReadsBackWhatItWrote, (const std::vector<std::uint8_t>& octets)) {
  const auto bytes = std::as_bytes(std::span(octets));
  RC_ASSERT(from_base64(to_base64(bytes)) == test::exact_copy(bytes));
}

TEST(Note, ReadsTheExamplesOfTheSpecification) {
  // Text and signature apart, the id as the four first bytes, and the same bytes again.
  const Note note = parse_note(poem).value();
  EXPECT_TRUE(note.text.ends_with("sole:\n\n\xc3\xa8 subito sera.\n"));
  ASSERT_EQ(note.signatures.size(), 1U);
  EXPECT_EQ(note.signatures[0].name, "quasimodo.example/salvatore");
  EXPECT_EQ(note.signatures[0].key_id, 0x367ba04bU);
  EXPECT_EQ(note.signatures[0].bytes.size(), 64U);
  EXPECT_EQ(print_note(note), poem);
  EXPECT_EQ(print_note(parse_note(sofa).value()), sofa);
}

TEST(Note, TakesAtLeastSixteenSignaturesOfAnyLength) {
  // Sixteen of five thousand bytes each, as the specification asks for.
  Note note{.text = "text\n", .signatures = {}};
  for (std::uint32_t i = 0; i < 16; ++i) {
    note.signatures.push_back({.name = "witness.example/" + std::to_string(i),
                               .key_id = i,
                               .bytes = test::Bytes(5000, std::byte{7})});
  }
  EXPECT_EQ(parse_note(print_note(note)).value(), note);
}

TEST(Note, EachWrongFormIsRefusedByLineAndReason) {
  // One change each, of the example.
  const auto changed = [](std::string_view from, std::string_view to) {
    std::string text = sofa;
    return text.replace(text.find(from), from.size(), to);
  };
  expect_refused("", "line 1: the last line does not end");
  expect_refused("text\n", "line 1: no empty line");
  expect_refused("text\n\n", "line 3: there is no signature");
  expect_refused(changed("20852163", "2085\t2163"), "line 2: a control character");
  expect_refused(changed("20852163", "2085\r2163"), "line 2: a control character");
  expect_refused(changed("20852163", "\xff"), "line 2: these bytes are no valid UTF-8");
  expect_refused(changed("\xe2\x80\x94 ", "- "), "line 5: a signature line starts");
  expect_refused(changed("\xe2\x80\x94 ", "\xe2\x80\x94"), "line 5: a signature line starts");
  expect_refused(changed("sofa Az", "sofa+Az"), "line 5: there is no signature");
  expect_refused(changed("sofa Az", "so+fa Az"), "line 5: this cannot be the name");
  expect_refused(changed("sofa Az",
                         "so\xc2\xa0"
                         "fa Az"),
                 "line 5: this cannot be the name");
  expect_refused(changed("sofa Az", "sofa  Az"), "line 5: the signature is not canonical");
  expect_refused(changed("YQ8=\n", "YQ9=\n"), "line 5: the signature is not canonical");
  expect_refused(changed("OAYQ8=\n", "OAYQ8=\n\n"), "there is no signature");
  expect_refused(changed("OAYQ8=\n", "OAYQ8="), "does not end with a line feed");
  expect_refused("text\n\n\xe2\x80\x94 name AAAAAA==\n", "line 3: the signature is too short");
}

TEST(Note, RefusesMoreBytesThanItsLimit) {
  // One above it.
  const auto note = parse_note(std::string((1U << 18U) + 1, 'x'));
  ASSERT_FALSE(note.has_value());
  EXPECT_EQ(note.error().code(), Errc::TooLarge);
}

TEST(TreeHead, ReadsTheExampleOfTheSpecification) {
  // Origin, size and root; printed again it is the same text.
  const std::string text = parse_note(sofa).value().text;
  const TreeHead head = parse_head(text).value();
  EXPECT_EQ(head.origin, "example.com/behind-the-sofa");
  EXPECT_EQ(head.tree.size, 20'852'163U);
  EXPECT_EQ(to_base64(head.tree.root.bytes), "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
  EXPECT_EQ(print_head(head), text);
  const TreeHead more = parse_head(text + "extension 1\nextension 2\n").value();
  EXPECT_EQ(more.extensions, (std::vector<std::string>{"extension 1", "extension 2"}));
  EXPECT_EQ(print_head(more), text + "extension 1\nextension 2\n");
}

TEST(TreeHead, EachWrongFormIsRefusedByLineAndReason) {
  // Lines that are missing, empty, or say something else.
  const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const std::pair<std::string, std::string_view> wrong[] = {
      {"", "line 1"},
      {"origin\n", "line 2: is missing"},
      {"origin\n5\n", "line 3: is missing"},
      {"\n5\n" + root, "line 1: is empty"},
      {"origin\n05\n" + root, "line 2: the size"},
      {"origin\n+5\n" + root, "line 2: the size"},
      {"origin\n-1\n" + root, "line 2: the size"},
      {"origin\n18446744073709551616\n" + root, "line 2: the size"},
      {"origin\n5 \n" + root, "line 2: the size"},
      {"origin\n5\nZm9v\n", "line 3: the root"},
      {"origin\n5\n" + root + "\n", "line 4: is empty"},
      {"origin\n5\n" + root + "extension", "line 4: the last line"}};
  for (const auto& [text, why] : wrong) {
    const auto head = parse_head(text);
    ASSERT_FALSE(head.has_value()) << text;
    EXPECT_NE(head.error().message().find(why), std::string::npos) << head.error().to_string();
  }
}

}  // namespace
}  // namespace cairn::journal
