"""Installs what was built, moves it to another place, and builds and runs programs with it as its users would.

Usage: package_test.py BUILD_FOLDER PATH_OF_NANOMQ C_COMPILER C++_COMPILER [unittest options]
"""
import concurrent.futures
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "interop"))
from programs import DEADLINE, Broker  # noqa: E402

BUILD, PROGRAM, CC, CXX = (sys.argv.pop(1) for _ in range(4))
EXAMPLES = os.path.join(ROOT, "examples")
C_HEADERS = ("nanonng/mqtt_client.h", "nanonng/mqtt_msg.h", "nanonng/mqtt_options.h", "nanonng/mqtt_tls.h")


def run(*command, **options):
    """What it prints. Raises with all it said when it fails."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=600, **options)
    if done.returncode != 0:
        raise AssertionError(f"{shlex.join(command)}: {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


def content(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder)
                  for where, _, names in os.walk(folder) for name in names)


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="nanonng_package")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        stage = os.path.join(cls.folder, "stage")
        run("cmake", "--install", BUILD, "--prefix", "/opt/nanonng", env={**os.environ, "DESTDIR": stage})
        # It works wherever the tree is put.
        cls.prefix = os.path.join(cls.folder, "moved")
        os.rename(os.path.join(stage, "opt", "nanonng"), cls.prefix)
        cls.left_in_stage = files_below(stage)
        cls.libdir = os.path.join(cls.prefix, os.path.dirname(next(
            name for name in files_below(cls.prefix) if name.endswith("libnanonng.a"))))
        cls.broker = Broker(PROGRAM)
        cls.addClassCleanup(cls.broker.stop)
        cls.url = f"mqtt://127.0.0.1:{cls.broker.port}"
        cls.env = {**os.environ, "LD_LIBRARY_PATH": cls.libdir,
                   "PKG_CONFIG_PATH": os.path.join(cls.libdir, "pkgconfig")}

    def setUp(self):
        self.work = tempfile.mkdtemp(dir=self.folder)

    def says_hello(self, program, expected):
        self.assertEqual(run(program, self.url, env=self.env).splitlines(), [expected], program)

    def configure(self, project, *options):
        run("cmake", "-S", os.path.join(HERE, project), "-B", self.work, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_C_COMPILER={CC}", f"-DCMAKE_CXX_COMPILER={CXX}", *options)

    def build(self, project):
        self.configure(project, f"-DFOLDER={EXAMPLES}")
        run("cmake", "--build", self.work, "-j", "2")

    def test_cmake_finds_the_client_for_c(self):
        self.build("consumer_c")
        for form in ("shared", "static"):
            self.says_hello(os.path.join(self.work, f"hello_{form}"), "greetings/world: hello")

    def test_cmake_finds_the_client_for_cpp(self):
        self.build("consumer_cpp")
        for form in ("shared", "static"):
            self.says_hello(os.path.join(self.work, f"hello_{form}"), "hello")
        said = run(os.path.join(self.work, "nng_aio"), self.url, "package/aio", "text", env=self.env).splitlines()
        self.assertEqual(said[:3], ["publish: done", "receive: done", "text"])
        with self.assertRaisesRegex(AssertionError, "not published: "):
            run(os.path.join(self.work, "publish_shared"), "ftp://nowhere", "a", "b", env=self.env)

    def test_cmake_finds_the_cpp_client_without_nng(self):
        self.configure("without_nng")

    def pkg_config(self, *arguments):
        return shlex.split(run("pkg-config", *arguments, env=self.env))

    def link_and_run(self, compiler, source, flags, forms, expected):
        compiled = os.path.join(self.work, "hello.o")
        run(compiler, *flags, "-c", os.path.join(EXAMPLES, source), "-o", compiled)
        for name, libraries in forms.items():
            program = os.path.join(self.work, name)
            run(compiler, compiled, "-o", program, *libraries)
            self.says_hello(program, expected)

    def test_pkg_config_finds_the_client_for_c(self):
        self.link_and_run(CC, "c/hello.c", ["-std=c99", *self.pkg_config("--cflags", "nanonng")],
                          {"shared": self.pkg_config("--libs", "nanonng"),
                           "static": self.pkg_config("--libs", "nanonng-static")}, "greetings/world: hello")

    def test_pkg_config_finds_the_client_for_cpp(self):
        self.link_and_run(CXX, "cpp/hello.cpp", self.pkg_config("--cflags", "nanonng-sdk"),
                          {"static": self.pkg_config("--libs", "nanonng-sdk"),
                           "shared": self.pkg_config("--libs", "nanonng-sdk-shared")}, "hello")

    def test_pkg_config_and_cmake_agree_on_the_version(self):
        version = run("pkg-config", "--modversion", "nanonng", env=self.env).strip()
        found = content(self.libdir, "cmake", "nanonng", "nanonngConfigVersion.cmake")
        self.assertIn(f'set(PACKAGE_VERSION "{version}")', found)

    def headers(self):
        return files_below(os.path.join(self.prefix, "include"))

    def test_each_header_stands_alone(self):
        named = [name for name in self.headers() if name in C_HEADERS or name.startswith("nanonng/sdk/")]
        self.assertGreater(len(named), 10)
        include = "-I" + os.path.join(self.prefix, "include")

        def compile_alone(name):
            strict = ["-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror", include, "-include", name]
            if name in C_HEADERS:
                run(CC, "-std=c99", *strict, "-x", "c", os.devnull)
            run(CXX, "-std=c++11" if name in C_HEADERS else "-std=c++23", *strict, "-x", "c++", os.devnull)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(compile_alone, named))

    def test_headers_of_the_inside_stay_inside(self):
        for name in self.headers():
            self.assertRegex(name, r"^(nanonng/mqtt_\w+\.h|(nanonng|nanolib)/\w+/\w+\.hpp)$")
        for inner in ("nanonng/mqtt/server_machine.hpp", "nanonng/mqtt/client_machine.hpp", "nanolib/subscription"):
            self.assertFalse(any(name.startswith(inner) for name in self.headers()), inner)

    def test_shared_libraries_show_their_interface_and_nothing_else(self):
        own = r"^(_Z(T[ISV])?NK?\d|_ZN?K?7nano(lib|nng))"
        for library, interface in (("libnanonng.so", r"^nmqtt_\w+$"), ("libnanonng-sdk.so", own)):
            path = os.path.join(self.libdir, library)
            shown = [line.split()[-1] for line in run("nm", "-D", "--defined-only", path).splitlines()]
            self.assertGreater(len(shown), 40)
            self.assertEqual([name for name in shown if not re.match(interface, name)], [])
            dynamic = run("readelf", "-d", path)
            soname = re.search(r"SONAME.*\[(.+)\]", dynamic).group(1)
            self.assertRegex(soname, re.escape(library) + r"\.\d+(\.\d+)?$")
            self.assertTrue(os.path.exists(os.path.join(self.libdir, soname)))
            self.assertNotIn("RUNPATH", dynamic)
            self.assertEqual("libnng" in dynamic, library == "libnanonng.so")

    def test_every_function_of_the_c_headers_is_there(self):
        declared = set()
        for name in C_HEADERS:
            text = content(self.prefix, "include", name)
            declared.update(re.findall(r"^NMQTT_DECL [^;(]*?(nmqtt_\w+)\(", text, re.M))
        shown = run("nm", "-D", "--defined-only", os.path.join(self.libdir, "libnanonng.so"))
        self.assertEqual(declared, set(re.findall(r"\bnmqtt_\w+", shown)))

    def test_nothing_names_the_place_where_it_was_built(self):
        for name in files_below(self.prefix):
            if name.endswith((".cmake", ".pc", ".h", ".hpp")):
                text = content(self.prefix, name)
                for place in (os.path.abspath(BUILD), ROOT, "/opt/nanonng"):
                    self.assertNotIn(place, text, name)

    def test_everything_goes_below_the_prefix(self):
        self.assertEqual(self.left_in_stage, [])
        for name in ("bin/nanomq", "share/man/man1/nanomq.1", "share/man/man3/nanonng_mqtt_client.3"):
            self.assertTrue(os.path.exists(os.path.join(self.prefix, name)), name)


if __name__ == "__main__":
    unittest.main()
