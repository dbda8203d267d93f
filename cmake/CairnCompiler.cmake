# SPDX-License-Identifier: Apache-2.0
# The compiler: which versions, which flags. Everything hangs on the interface target cairn_flags.
option(CAIRN_WERROR "Treat warnings as errors" OFF)
option(CAIRN_SLOW_CHECKS "Evaluate CAIRN_SLOW_CHECK conditions" OFF)
option(CAIRN_LTO "Link-time optimisation" OFF)
option(CAIRN_FUZZ "Build fuzz targets with libFuzzer" OFF)
option(CAIRN_VERIFY_HEADERS "Make the target that compiles every header alone" OFF)
set(CAIRN_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12.2)
  message(FATAL_ERROR "Cairn needs GCC 12.2 or newer, this is ${CMAKE_CXX_COMPILER_VERSION}. Install g++-12 or set CXX.")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Cairn needs clang 19 or newer, this is ${CMAKE_CXX_COMPILER_VERSION}. Install clang-19 or set CXX.")
elseif(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang)$")
  message(FATAL_ERROR "Cairn is built with GCC or clang, not with ${CMAKE_CXX_COMPILER_ID}.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ${CAIRN_VERIFY_HEADERS})

# Enough optimisation that property tests are quick, line numbers for stack traces, and no more: debug information is most of a build.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g1")
# Without the assertions of third-party headers, as the libraries they belong to are built; the other presets keep them, and CAIRN_CHECK
# stays everywhere.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")

find_program(CAIRN_CCACHE ccache)
if(CAIRN_CCACHE)
  # Paths are taken relative to the checkout, so that a second clone on the same machine finds what the first one compiled.
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CAIRN_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()

# The warnings, by name, because some tests start a compiler themselves.
set(CAIRN_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wundef)
set(CAIRN_CXX_WARNINGS -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough)
add_library(cairn_flags INTERFACE)
target_compile_options(cairn_flags INTERFACE
  ${CAIRN_WARNINGS}
  $<$<BOOL:${CAIRN_WERROR}>:-Werror>
  "$<$<COMPILE_LANGUAGE:CXX>:${CAIRN_CXX_WARNINGS}>"
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:Clang>>:-Wthread-safety>
  # GCC 12 at -O3 sees overlaps and overflows in std::string and fmt that cannot be (its bugs 105329 and 105762); the sanitizers see real ones.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict -Wno-stringop-overflow>
  -fno-omit-frame-pointer
  # Messages and binaries name files as the repository does, on every machine alike.
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
target_compile_definitions(cairn_flags INTERFACE $<$<BOOL:${CAIRN_SLOW_CHECKS}>:CAIRN_SLOW_CHECKS>)
if(CAIRN_SANITIZE)
  # For everything, third-party sources too: a sanitizer that sees half the program reports half the truth.
  add_compile_options(-fsanitize=${CAIRN_SANITIZE} -fno-sanitize-recover=all $<$<BOOL:${CAIRN_FUZZ}>:-fsanitize=fuzzer-no-link>)
  add_link_options(-fsanitize=${CAIRN_SANITIZE})
  if(CAIRN_SANITIZE MATCHES undefined AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With these GCC takes no address for non-null at compile time (its bug 71962), and the checks of domains compare addresses with
    # null. The address sanitizer stops at a null pointer all the same.
    add_compile_options(-fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute)
  endif()
  if(CAIRN_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The event loop's library has fences beside its locks. The sanitizer does not see fences, only the locks: enough, but GCC warns.
    add_compile_options(-Wno-tsan)
  endif()
endif()
if(CAIRN_LTO)
  # Fat objects, so that the installed archive also serves a program that links without LTO or with another compiler.
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-flto=auto> $<$<AND:$<CXX_COMPILER_ID:GNU>,$<COMPILE_LANGUAGE:C,CXX>>:-ffat-lto-objects>)
  add_link_options($<$<CXX_COMPILER_ID:GNU>:-flto=auto$<SEMICOLON>-Wno-stringop-overflow> $<$<CXX_COMPILER_ID:Clang>:-flto>)
endif()
