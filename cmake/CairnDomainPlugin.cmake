# SPDX-License-Identifier: Apache-2.0
# For those who write domains; comes with find_package(cairn). docs/plugins.md tells more.
#
#   cairn_domain_plugin(NAME SOURCES bank.cc … [LIBRARIES …])
#
# makes NAME.so, a domain that `cairn` and programs load. It exports cairn_domain_entry alone: what else it holds is its own, so that
# several versions of a domain can be loaded into one process.
set(CAIRN_DOMAIN_EXPORTS ${CMAKE_CURRENT_LIST_DIR}/cairn-domain.map)

function(cairn_domain_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_library(${name} MODULE ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX .so C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON LINK_DEPENDS ${CAIRN_DOMAIN_EXPORTS})
  target_compile_features(${name} PRIVATE cxx_std_23)
  target_compile_options(${name} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  # What the domain needs of Cairn's library is linked into it; libraries that nothing in it needs are not asked for at run time.
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} cairn::domain)
  target_link_options(${name} PRIVATE -Wl,--as-needed -Wl,--gc-sections -Wl,-z,relro -Wl,-z,noexecstack -Wl,--version-script=${CAIRN_DOMAIN_EXPORTS})
endfunction()
