# SPDX-License-Identifier: Apache-2.0
# The helpers that folder CMakeLists.txt files are made of:
#
#   cairn_module(NAME base  SOURCES a.cc …  HEADERS a.h …  [DEPS base sys …]  [EXTERNAL fmt::fmt …])
#   cairn_test(NAME ring_test  SOURCES …  [DEPS base …]  [EXTERNAL …]  [LABELS threads sim …]  [PROPERTIES …])
#   cairn_fuzz(NAME varint_fuzz  SOURCES …  [DEPS base …])
#   cairn_bench(NAME hash_bench  SOURCES …  [DEPS base …]  [EXTERNAL …])
#
# Every source a helper is given is remembered; cairn_require_every_source_listed() fails the configure step when a file was forgotten.

set_property(GLOBAL PROPERTY CAIRN_LISTED_SOURCES "")
set_property(GLOBAL PROPERTY CAIRN_VERIFIED_HEADERS "")
set_property(GLOBAL PROPERTY CAIRN_MODULES "")

function(cairn_list_sources)
  foreach(source IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY CAIRN_LISTED_SOURCES ${source})
  endforeach()
endfunction()

# Headers of ours behind a target: listed, and compiled alone where CAIRN_VERIFY_HEADERS is on. FOLDER is what includes start from.
function(cairn_headers target scope folder)
  cairn_list_sources(${ARGN})
  target_sources(${target} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/${folder} FILES ${ARGN})
  foreach(header IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH header BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
    set_property(GLOBAL APPEND PROPERTY CAIRN_VERIFIED_HEADERS ${header})
  endforeach()
endfunction()

function(cairn_module)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;HEADERS;DEPS;EXTERNAL")
  set(target cairn_${arg_NAME})
  cairn_list_sources(${arg_SOURCES})
  add_library(${target} STATIC ${arg_SOURCES})
  cairn_headers(${target} PUBLIC src ${arg_HEADERS})
  list(TRANSFORM arg_DEPS PREPEND cairn_)
  target_link_libraries(${target} PUBLIC cairn_public ${arg_DEPS} PRIVATE cairn_flags ${arg_EXTERNAL})
  set_property(GLOBAL APPEND PROPERTY CAIRN_MODULES ${target})
endfunction()

# An executable for developers: not installed, out of the way of bin/cairn, allowed to include from the repository's root.
function(cairn_developer_executable target folder)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;DEPS;EXTERNAL")
  cairn_list_sources(${arg_SOURCES})
  add_executable(${target} ${arg_SOURCES})
  list(TRANSFORM arg_DEPS PREPEND cairn_)
  target_link_libraries(${target} PRIVATE ${arg_DEPS} ${arg_EXTERNAL} cairn_public cairn_flags)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/${folder})
endfunction()

function(cairn_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS;EXTERNAL;LABELS;PROPERTIES")
  if(NOT CAIRN_TESTS)
    cairn_list_sources(${arg_SOURCES})
    return()
  endif()
  cairn_developer_executable(${arg_NAME} tests SOURCES ${arg_SOURCES} DEPS ${arg_DEPS}
    EXTERNAL ${arg_EXTERNAL} cairn_test_support GTest::gmock GTest::gtest_main cairn_rapidcheck)
  # One label that names them all, "unit+sim": a list does not survive the generated script, and `ctest -L` looks for a match inside it.
  list(JOIN arg_LABELS "+" labels)
  string(REGEX REPLACE "[+]$" "" labels "unit+${labels}")
  if("threads" IN_LIST arg_LABELS)
    add_dependencies(threads_all ${arg_NAME})
  endif()
  include(GoogleTest)
  gtest_discover_tests(${arg_NAME} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 LABELS "${labels}" ${arg_PROPERTIES})
endfunction()

# One second in every test run: with libFuzzer in the fuzz preset, elsewhere with a small seeded driver of our own, so that a target
# can never stop compiling or start failing unnoticed.
function(cairn_fuzz)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS;EXTERNAL")
  if(NOT CAIRN_TESTS)
    cairn_list_sources(${arg_SOURCES})
    return()
  endif()
  cairn_developer_executable(${arg_NAME} fuzz SOURCES ${arg_SOURCES} DEPS ${arg_DEPS} EXTERNAL ${arg_EXTERNAL})
  add_dependencies(fuzz_all ${arg_NAME})
  if(CAIRN_FUZZ)
    target_link_options(${arg_NAME} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${arg_NAME} COMMAND ${arg_NAME} -max_total_time=1 -seed=1 -max_len=4096 -print_final_stats=0)
  else()
    target_link_libraries(${arg_NAME} PRIVATE cairn_fuzz_driver)
    add_test(NAME fuzz.${arg_NAME} COMMAND ${arg_NAME} --seconds=1 --seed=1)
  endif()
  set_tests_properties(fuzz.${arg_NAME} PROPERTIES LABELS fuzz TIMEOUT 120)
endfunction()

# Run for real by `./dev bench`; in every test run only a smoke pass, which shows that the benchmark still works and measures nothing.
function(cairn_bench)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SOURCES;DEPS;EXTERNAL")
  if(NOT CAIRN_TESTS)
    cairn_list_sources(${arg_SOURCES})
    return()
  endif()
  cairn_developer_executable(${arg_NAME} bench SOURCES ${arg_SOURCES} DEPS ${arg_DEPS} EXTERNAL ${arg_EXTERNAL} cairn_bench_harness)
  add_dependencies(bench_all ${arg_NAME})
  add_test(NAME bench.${arg_NAME} COMMAND ${arg_NAME} --smoke)
  set_tests_properties(bench.${arg_NAME} PROPERTIES LABELS bench TIMEOUT 120)
endfunction()

function(cairn_require_every_source_listed)
  file(GLOB_RECURSE found LIST_DIRECTORIES false CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/src/*.cc ${PROJECT_SOURCE_DIR}/src/*.h ${PROJECT_SOURCE_DIR}/src/*.c
    ${PROJECT_SOURCE_DIR}/include/*.h ${PROJECT_SOURCE_DIR}/apps/*.cc ${PROJECT_SOURCE_DIR}/apps/*.h
    ${PROJECT_SOURCE_DIR}/sim/*.cc ${PROJECT_SOURCE_DIR}/sim/*.h)
  if(CAIRN_TESTS)
    file(GLOB_RECURSE more LIST_DIRECTORIES false CONFIGURE_DEPENDS
      ${PROJECT_SOURCE_DIR}/bench/*.cc ${PROJECT_SOURCE_DIR}/bench/*.h
      ${PROJECT_SOURCE_DIR}/tests/support/*.cc ${PROJECT_SOURCE_DIR}/tests/support/*.h
      ${PROJECT_SOURCE_DIR}/tests/contract/*.cc ${PROJECT_SOURCE_DIR}/tests/contract/*.h)
    list(APPEND found ${more})
  endif()
  get_property(listed GLOBAL PROPERTY CAIRN_LISTED_SOURCES)
  list(REMOVE_ITEM found ${listed})
  if(found)
    list(JOIN found "\n  " names)
    message(FATAL_ERROR "These files belong to no target, so nothing builds or tests them:\n  ${names}\nName each in its folder's CMakeLists.txt.")
  endif()
  get_property(verified GLOBAL PROPERTY CAIRN_VERIFIED_HEADERS)
  list(FILTER listed INCLUDE REGEX "[.]h$")
  list(REMOVE_ITEM listed ${verified})
  if(listed)
    list(JOIN listed "\n  " names)
    message(FATAL_ERROR "Nothing compiles these headers alone:\n  ${names}\nName each with cairn_headers or as HEADERS of a module.")
  endif()
endfunction()

# The public headers, as users see them. `cairn_public` is what every module and the installed library stand on.
add_library(cairn_public INTERFACE)
file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/cairn/*.h)
cairn_headers(cairn_public INTERFACE include ${public_headers})
target_compile_features(cairn_public INTERFACE cxx_std_23)

if(CAIRN_TESTS)
  # What some checks need, without the rest: all benchmarks, all fuzz targets, all tests with threads.
  add_custom_target(bench_all)
  add_custom_target(fuzz_all)
  add_custom_target(threads_all)
  add_library(cairn_rapidcheck INTERFACE)
  target_include_directories(cairn_rapidcheck SYSTEM INTERFACE ${CAIRN_RAPIDCHECK_INCLUDE})
  target_link_libraries(cairn_rapidcheck INTERFACE ${CAIRN_RAPIDCHECK_LIBRARY})
endif()
