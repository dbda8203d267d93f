# SPDX-License-Identifier: Apache-2.0
# BLAKE3, the official C implementation with its SIMD assembly, chosen at run time by CPU. Debian 12 has no C library package of it, but
# librust-blake3-dev installs the C sources; those are compiled here. They come first because the lanes that hash many short records at
# once are internal to the sources; a system library serves where there are no sources.
file(GLOB blake3_folders /usr/share/cargo/registry/blake3-*/c)
list(SORT blake3_folders COMPARE NATURAL ORDER DESCENDING)
list(POP_FRONT blake3_folders blake3_c)

if(blake3_c AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  set(blake3_simd blake3_sse2_x86-64_unix.S blake3_sse41_x86-64_unix.S blake3_avx2_x86-64_unix.S blake3_avx512_x86-64_unix.S)
elseif(blake3_c AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  set(blake3_simd blake3_neon.c)
endif()

if(blake3_c)
  list(TRANSFORM blake3_simd PREPEND ${blake3_c}/)
  add_library(cairn_blake3 STATIC ${blake3_c}/blake3.c ${blake3_c}/blake3_dispatch.c ${blake3_c}/blake3_portable.c ${blake3_simd})
  target_include_directories(cairn_blake3 SYSTEM PUBLIC $<BUILD_INTERFACE:${blake3_c}>)
else()
  find_package(blake3 REQUIRED)
  add_library(cairn_blake3 INTERFACE)
  target_link_libraries(cairn_blake3 INTERFACE BLAKE3::blake3)
endif()
