# How every target of the house is compiled, and the two functions that folders use to declare themselves.
include(GNUInstallDirs)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(Threads REQUIRED)

find_program(NANOMQ_CCACHE ccache)
if(NANOMQ_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${NANOMQ_CCACHE}")
endif()

add_library(nanomq_flags INTERFACE)
target_compile_options(nanomq_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fno-omit-frame-pointer -ffunction-sections -fdata-sections -fstack-protector-strong)
target_link_options(nanomq_flags INTERFACE -Wl,--gc-sections -Wl,-z,relro,-z,now)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(nanomq_flags INTERFACE -Wthread-safety)
endif()
if(NANOMQ_SANITIZE)
  target_compile_options(nanomq_flags INTERFACE -fsanitize=${NANOMQ_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(nanomq_flags INTERFACE -fsanitize=${NANOMQ_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Release|MinSizeRel")
  target_compile_options(nanomq_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS)
endif()
if(NANOMQ_FUZZ)
  # Coverage feedback for every library, the driver itself only for the targets under fuzz/.
  target_compile_options(nanomq_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# nanomq_library(NAME SOURCES a.cpp b.cpp LINKS lib...): one floor's library; its headers are in include/ beside it.
function(nanomq_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  if(arg_SOURCES)
    add_library(${name} STATIC ${arg_SOURCES})
    target_include_directories(${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
    target_link_libraries(${name} PUBLIC ${arg_LINKS} PRIVATE nanomq_flags)
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/include")
    target_link_libraries(${name} INTERFACE ${arg_LINKS})
  endif()
endfunction()

# nanomq_test(NAME SOURCES a_test.cpp LINKS lib... [LABELS l...] [TIMEOUT s]): one gtest program, every test known to ctest.
function(nanomq_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support")
  target_link_libraries(${name} PRIVATE nanomq_flags ${arg_LINKS} GTest::gmock GTest::gtest_main Threads::Threads)
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
