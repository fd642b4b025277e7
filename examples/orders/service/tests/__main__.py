"""Runs one suite, prints what failed, and writes a JUnit report: python3 -m tests SUITE REPORT."""

import sys
import traceback
import unittest
import xml.etree.ElementTree as xml


class Recorder(unittest.TestResult):
    """Keeps every test that ran, and what was wrong with it."""

    def __init__(self):
        super().__init__()
        self.ran, self.wrong = [], {}

    def startTest(self, test):
        super().startTest(test)
        self.ran.append(test.id())

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.wrong[test.id()] = err

    def addError(self, test, err):
        super().addError(test, err)
        self.wrong[test.id()] = err

    def report(self, suite):
        root = xml.Element("testsuite", name=suite, tests=str(len(self.ran)), failures=str(len(self.wrong)))
        for name in self.ran:
            case = xml.SubElement(root, "testcase", classname=suite, name=name.rpartition(".")[2])
            if name in self.wrong:
                failure = xml.SubElement(case, "failure", message=str(self.wrong[name][1]))
                failure.text = "".join(traceback.format_exception(*self.wrong[name]))
        return xml.ElementTree(root)


def main(suite, report):
    result = Recorder()
    unittest.defaultTestLoader.loadTestsFromName(f"tests.{suite}").run(result)
    result.report(suite).write(report)
    for name, (_, error, _) in result.wrong.items():
        print(f"FAIL {name.rpartition('.')[2]}: {type(error).__name__}: {error}")
    print(f"{suite}: {len(result.ran)} tests, {len(result.wrong)} failed")
    return 1 if result.wrong or not result.ran else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
