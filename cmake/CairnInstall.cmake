# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where, and the find_package(cairn) configuration. One archive holds every module, so a user links one
# thing: cairn::cairn.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(cairn_modules GLOBAL PROPERTY CAIRN_MODULES)
set(cairn_objects "")
foreach(module IN LISTS cairn_modules)
  list(APPEND cairn_objects $<TARGET_OBJECTS:${module}>)
endforeach()
get_target_property(blake3_type cairn_blake3 TYPE)
if(blake3_type STREQUAL "STATIC_LIBRARY")
  list(APPEND cairn_objects $<TARGET_OBJECTS:cairn_blake3>)
else()
  set(cairn_system_blake3 BLAKE3::blake3)
  set(cairn_find_blake3 "find_dependency(blake3)")
endif()

add_library(cairn_library STATIC ${cairn_objects})
add_library(cairn::cairn ALIAS cairn_library)
set_target_properties(cairn_library PROPERTIES OUTPUT_NAME cairn EXPORT_NAME cairn LINKER_LANGUAGE CXX)
target_link_libraries(cairn_library PUBLIC cairn_public PRIVATE fmt::fmt absl::btree simdjson::simdjson OpenSSL::Crypto PkgConfig::sodium PkgConfig::xxhash PkgConfig::uring PkgConfig::zstd Threads::Threads ${CMAKE_DL_LIBS}
  ${cairn_system_blake3})

set_target_properties(cairn_public PROPERTIES EXPORT_NAME headers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/cairn)
install(TARGETS cairn_library cairn_domain cairn_public EXPORT cairn ARCHIVE FILE_SET HEADERS)
install(TARGETS cairn_cli RUNTIME)
install(EXPORT cairn NAMESPACE cairn:: DESTINATION ${package_folder} FILE cairn-targets.cmake)
configure_package_config_file(cmake/cairn-config.cmake.in ${PROJECT_BINARY_DIR}/cairn-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cairn-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/cairn-config.cmake ${PROJECT_BINARY_DIR}/cairn-config-version.cmake
  cmake/CairnDomainPlugin.cmake cmake/cairn-domain.map DESTINATION ${package_folder})
