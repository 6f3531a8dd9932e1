// What shared libraries show. Everything is compiled with hidden symbols (cmake/nanomq_build.cmake); this marks what a C++
// program that includes the client's headers links to.
#pragma once

#if defined(__GNUC__)
/// On a class, or on a function's declaration: libnanonng-sdk.so has it.
#define NANOLIB_EXPORT __attribute__((visibility("default")))
#else
#define NANOLIB_EXPORT
#endif
