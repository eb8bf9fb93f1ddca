"""The Python blocks of the README run as they stand."""
import unittest

import run_readme
import support


class PageTests(support.TestCase):
    def test_the_readmes_blocks_run(self):
        for page in ("README.md", "Python/README.md", "docs/transformerlens.md"):
            if (support.ROOT / page).exists():
                with self.subTest(page):
                    self.assertTrue(all(run_readme.run_blocks(support.ROOT / page)))


if __name__ == "__main__":
    unittest.main()
