# How every target of the house is compiled, and the functions that folders use to declare themselves.
include(GNUInstallDirs)
include(CheckCXXCompilerFlag)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
find_package(Threads REQUIRED)

find_program(NANOMQ_CCACHE ccache)
if(NANOMQ_CCACHE)
  # Paths relative to the checkout, so that a second checkout finds what the first one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
    "${NANOMQ_CCACHE}")
endif()

add_library(nanomq_flags INTERFACE)
target_compile_options(nanomq_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -fno-omit-frame-pointer -ffunction-sections -fdata-sections)
target_link_options(nanomq_flags INTERFACE -Wl,--gc-sections)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(nanomq_flags INTERFACE -Wthread-safety)
else()
  # When it optimises, g++ 12 finds an overlap in std::string's own code (GCC bug 105651).
  target_compile_options(nanomq_flags INTERFACE -Wno-restrict)
endif()

# Hardening, in every build that no sanitizer replaces it in: position independent programs, read-only relocations, guarded
# stacks, checked indirect jumps where the processor has them. What costs code stays out of debug builds.
if(NOT NANOMQ_SANITIZE)
  target_compile_options(nanomq_flags INTERFACE
    $<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>,-fPIE,-fPIC> -fstack-protector-strong)
  target_link_options(nanomq_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
  foreach(flag -fstack-clash-protection -fcf-protection=full -mbranch-protection=standard)
    string(MAKE_C_IDENTIFIER "nanomq_has${flag}" known)
    check_cxx_compiler_flag(${flag} ${known})
    if(${known})
      target_compile_options(nanomq_flags INTERFACE ${flag})
    endif()
  endforeach()
  if(CMAKE_BUILD_TYPE MATCHES "Release|MinSizeRel")
    # Some compilers come with a level of their own.
    target_compile_options(nanomq_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS)
  endif()
else()
  target_compile_options(nanomq_flags INTERFACE -fsanitize=${NANOMQ_SANITIZE} -fno-sanitize-recover=all)
  # What sanitizers put between two lines makes g++ 12 suspect what is not there; the other builds have the last word.
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(nanomq_flags INTERFACE -Wno-error)
  endif()
  target_link_options(nanomq_flags INTERFACE -fsanitize=${NANOMQ_SANITIZE})
  # Line numbers for the reports; more of either only makes the build slow.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
endif()
# Events below this level are left out of the build. Not part of a program's interface: every target has the same.
set(NANOMQ_LOG_FLOOR "trace" CACHE STRING "the least level of events that is compiled in: trace, debug, info, warn, error, fatal or off")
set_property(CACHE NANOMQ_LOG_FLOOR PROPERTY STRINGS trace debug info warn error fatal off)
set(nanomq_log_levels trace debug info warn error fatal off)
list(FIND nanomq_log_levels "${NANOMQ_LOG_FLOOR}" nanomq_log_floor)
if(nanomq_log_floor LESS 0)
  message(FATAL_ERROR "NANOMQ_LOG_FLOOR is one of ${nanomq_log_levels}, not \"${NANOMQ_LOG_FLOOR}\"")
elseif(nanomq_log_floor GREATER 0)
  # Found before the one in nanolib, which has no floor.
  set(nanomq_log_floor_directory "${PROJECT_BINARY_DIR}/log_floor")
  file(READ "${PROJECT_SOURCE_DIR}/nanolib/include/nanolib/base/log_floor.hpp" nanomq_log_floor_header)
  string(REPLACE "log_floor_number = 0;" "log_floor_number = ${nanomq_log_floor};" nanomq_log_floor_header "${nanomq_log_floor_header}")
  file(CONFIGURE OUTPUT "${nanomq_log_floor_directory}/nanolib/base/log_floor.hpp" CONTENT "${nanomq_log_floor_header}" @ONLY)
  target_compile_options(nanomq_flags INTERFACE "SHELL:-iquote \"${nanomq_log_floor_directory}\"")
endif()

if(NANOMQ_FUZZ)
  # Coverage feedback for every library, the driver itself only for the targets under fuzz/.
  target_compile_options(nanomq_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# nanomq_library(NAME SOURCES a.cpp b.cpp LINKS lib...): one floor's library; its headers are in include/ beside it.
# Position independent with hidden symbols, and with machine code beside what link time optimisation wants: the same objects
# make the libraries that are installed (nanonng/package).
function(nanomq_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS" ${ARGN})
  if(arg_SOURCES)
    add_library(${name} STATIC ${arg_SOURCES})
    target_include_directories(${name} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
    target_link_libraries(${name} PUBLIC ${arg_LINKS} PRIVATE nanomq_flags)
    set_target_properties(${name} PROPERTIES
      POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    if(CMAKE_INTERPROCEDURAL_OPTIMIZATION AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND name MATCHES "^nano(lib|nng)")
      target_compile_options(${name} PRIVATE -ffat-lto-objects)
    endif()
    set_property(GLOBAL APPEND PROPERTY NANOMQ_LIBRARIES ${name})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE "${CMAKE_CURRENT_SOURCE_DIR}/include")
    target_link_libraries(${name} INTERFACE ${arg_LINKS})
  endif()
endfunction()

# nanomq_for_size(TARGET [sources...]): a release is built for size there, not for speed. For code that runs once: option tables,
# help, reports. Inlining and unrolling make it twice as large and nothing faster.
function(nanomq_for_size target)
  if(ARGN)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-Os>")
  else()
    target_compile_options(${target} PRIVATE "$<$<CONFIG:Release>:-Os>")
  endif()
endfunction()

# nanomq_test(NAME SOURCES a_test.cpp LINKS lib... [LABELS l] [TIMEOUT s]): one gtest program, every test known to ctest.
# One label at most: discovery loses the others. Tests with the label `threads` are the ones that run under ThreadSanitizer.
function(nanomq_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)  # longer than any deadline inside, for a machine that has other things to do
  endif()
  list(LENGTH arg_LABELS labels)
  if(labels GREATER 1)
    message(FATAL_ERROR "${name}: a test has one label at most")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/support")
  target_link_libraries(${name} PRIVATE nanomq_flags ${arg_LINKS} GTest::gmock GTest::gtest_main Threads::Threads)
  if(NANOMQ_SANITIZE)
    target_compile_options(${name} PRIVATE -O0)  # the checks are what takes the time to compile
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()

# nanomq_ship(TARGET): makes a program fit for boxes that have nothing but libc.
#
# Release builds carry the C++ run time inside. Measured with CLI11 and spdlog, g++ 12, stripped, x86-64: 1 011 KB and 0.9 MB
# of private memory after start against 441 KB and 2.1 MB with libstdc++.so, which itself weighs 2.2 MB and must be as new as
# the compiler. A shared C++ library would bring the shared run time in beside ours; `make size` checks that there is none.
function(nanomq_ship target)
  target_link_options(${target} PRIVATE -Wl,--as-needed)
  if(CMAKE_BUILD_TYPE MATCHES "Release|MinSizeRel" AND NOT NANOMQ_SANITIZE)
    target_link_options(${target} PRIVATE -static-libstdc++ -static-libgcc)
  endif()
endfunction()

# nanomq_use_spdlog(TARGET): spdlog and fmt as headers, because the distribution's are shared C++ libraries. For apps/ only.
function(nanomq_use_spdlog target)
  find_package(spdlog REQUIRED)
  find_package(fmt REQUIRED)
  target_include_directories(${target} SYSTEM PRIVATE
    $<TARGET_PROPERTY:spdlog::spdlog_header_only,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_definitions(${target} PRIVATE SPDLOG_FMT_EXTERNAL)
  target_link_libraries(${target} PRIVATE fmt::fmt-header-only)
endfunction()

# nanomq_use_sqlite(TARGET): SQLite inside the program where there is a static library, else beside it. Measured, stripped,
# x86-64: 1 378 KB in the program (2 984 instead of 1 606), against a shared library of 1 438 KB.
function(nanomq_use_sqlite target)
  find_package(SQLite3 3.35 REQUIRED)
  find_library(NANOMQ_SQLITE_STATIC NAMES libsqlite3.a)
  target_include_directories(${target} SYSTEM PRIVATE ${SQLite3_INCLUDE_DIRS})
  if(NANOMQ_SQLITE_STATIC)
    target_link_libraries(${target} PUBLIC "${NANOMQ_SQLITE_STATIC}" m ${CMAKE_DL_LIBS})
  else()
    target_link_libraries(${target} PUBLIC SQLite::SQLite3)
  endif()
endfunction()
