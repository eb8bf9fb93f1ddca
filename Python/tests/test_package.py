"""The package as a whole: what importing it costs, what it offers."""
import inspect
import unittest

import support

import actrec


class PackageTests(support.TestCase):
    def test_importing_it_loads_neither_numpy_nor_sqlite(self):
        code = "import actrec, sys; print([m for m in ('numpy', 'sqlite3', 'ctypes', 'pandas') if m in sys.modules])"
        self.assertEqual(support.python(code).stdout, "[]\n")

    def test_importing_it_takes_little_time(self):
        # Of the processor: a busy machine must not fail it.
        code = "import time; t = time.process_time(); import actrec; print(time.process_time() - t)"
        self.assertLess(min(float(support.python(code).stdout) for _ in range(3)), 0.1)

    def test_everything_public_is_there_with_a_docstring(self):
        for name in actrec.__all__:
            value = getattr(actrec, name)
            self.assertTrue(inspect.getdoc(value), name)
            self.assertIn(name, dir(actrec))
            if not inspect.isclass(value):
                continue
            for member, function in vars(value).items():
                if inspect.isfunction(function) and not member.startswith("_"):
                    self.assertTrue(inspect.getdoc(function), f"{name}.{member}")
                    for parameter in list(inspect.signature(function).parameters.values())[1:]:
                        self.assertIsNot(parameter.annotation, inspect.Parameter.empty, f"{name}.{member}: {parameter}")
        with self.assertRaises(AttributeError):
            actrec.no_such_thing

    def test_a_package_without_its_program_says_so(self):
        code = "import actrec\ntry: actrec.record('ok')\nexcept actrec.ProgramMissing as e: print(e)"
        answer = support.python(code, ACTREC_PROGRAM="/nonexistent/actrec").stdout
        self.assertIn("/nonexistent/actrec is not there: install a wheel of actrec", answer)

    def test_the_module_is_the_command(self):
        code = "import sys, runpy; sys.argv = ['actrec', '--version']; runpy.run_module('actrec', run_name='__main__')"
        self.assertEqual(support.python(code).stdout, support.command("--version").stdout)


if __name__ == "__main__":
    unittest.main()
