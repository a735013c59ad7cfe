"""A class on a real JupyterHub, on this machine: log in, follow the guide's link, run a lesson.

    python -m pip install jupyterhub nbgitpuller && npm install -g configurable-http-proxy
    python tests/benchmarks/hub.py                # three students
    python tests/benchmarks/hub.py --students 5

JupyterHub runs with its *simple* spawner, which gives each student a server and a folder of their
own, and its *dummy* authenticator, for which one password is enough; so nobody needs to be root.
All listens on loopback only. The students are windows of Chromium, all at once. They follow the
links of `notebooks/CLASS.md`, with this repository's last commit in place of GitHub's; their
servers get `voila.json`, as the guide says. What is seen is printed, what should not be ends it:

- the link logs in, starts a server, copies the lessons, and opens the first; every cell runs;
- memory of each student's server and kernel;
- a correction arrives when the link is followed again, and what the student wrote stays;
- the lab without code has no exercise, and after three reloads one kernel is left.
"""

import argparse
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, urlparse

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
sys.path.insert(0, str(Path(__file__).parents[1]))
import psutil
from lessons import NOTEBOOKS, PATHS
from person import PROJECTOR, WITHOUT_NUMBER, Person
from playwright.sync_api import expect
from programs import find_chromium, running_chromium
from servers import started
from waiting import wait_until

ROOT = Path(__file__).absolute().parents[2]
PORT = 18_410  # and the next two
LONG = 240  # seconds
HERE = f"http://127.0.0.1:{PORT}"
GUIDE = (NOTEBOOKS / "CLASS.md").read_text()
LINK = re.search(r"https://YOUR-HUB(\S+)", GUIDE)[1]
VOILA = re.search(r"urlpath=voila\S+?(?=`)", GUIDE)[0]
CONFIG = """\
c = get_config()
c.JupyterHub.bind_url = "{here}"
c.JupyterHub.hub_port = {hub}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "{password}"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/home/{{username}}"
c.Spawner.http_timeout = c.Spawner.start_timeout = 240  # this machine may be a small one
c.Spawner.environment = {{"OMP_NUM_THREADS": "1", "JUPYTER_CONFIG_DIR": "{folder}/settings"}}
c.Spawner.args = ["--allow-root", "--LabApp.expose_app_in_browser=True"]
"""
ERRORS = """() => [...jupyterapp.shell.currentWidget.content.model.cells]
  .flatMap((cell) => cell.sharedModel.toJSON().outputs ?? [])
  .filter((output) => output.output_type === "error").map((output) => output.evalue)"""
WITH_CODE = r"Exercise|cell below|three dots|Not yet"


def git(*words: str | Path) -> None:
    own = ["-c", "user.name=Teacher", "-c", "user.email=teacher@example.org"]
    subprocess.run(["git", *own, *words], check=True, capture_output=True)


class Student:
    """A student with a window and a server."""

    def __init__(self, browser, name: str, folder: Path) -> None:
        self.name, self.home = name, folder / "home" / name
        self.person = Person(browser, PROJECTOR)
        self.page = self.person.page

    def log_in(self, password: str, link: str) -> None:
        self.page.goto(f"{HERE}/hub/login?next={quote(link)}")
        self.page.get_by_label("Username:").fill(self.name)
        self.page.get_by_label("Password:").fill(password)
        self.page.get_by_role("button", name="Sign in").click(no_wait_after=True)

    def follow(self, link: str) -> None:
        """Open a link in a new tab, and close the old one, which would ask about changes."""
        old, self.page = self.page, self.person.context.new_page()
        old.close()
        self.page.goto(f"{HERE}{link}", wait_until="commit")

    def wait_for_lesson(self) -> None:
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=1000 * LONG)
        expect(self.page.get_by_text("| Idle")).to_be_visible(timeout=1000 * LONG)

    def wait_for_cells(self) -> None:
        done = f"({WITHOUT_NUMBER})().length === 0"
        self.page.wait_for_function(done, timeout=1000 * LONG)
        errors = self.page.evaluate(ERRORS)
        assert errors == [], errors

    def kernels(self) -> list[dict]:
        return self.page.request.get(f"{HERE}/user/{self.name}/api/kernels").json()

    def memory(self) -> tuple[float, float]:
        """MiB of the server, and of its kernels, whose folder is the student's."""
        mine = [p for p in psutil.process_iter(["cmdline"]) if self._is_mine(p)]
        server = sum(p.memory_info().rss for p in mine if "ipykernel" not in " ".join(p.cmdline()))
        kernels = sum(p.memory_info().rss for p in mine) - server
        return server / 2**20, kernels / 2**20

    def _is_mine(self, process: psutil.Process) -> bool:
        try:
            environment = process.environ()
        except psutil.Error:
            return False
        return environment.get("JUPYTERHUB_USER") == self.name


def the_lesson(students: list[Student], password: str, link: str) -> None:
    begin = time.perf_counter()
    for student in students:
        student.log_in(password, link)
    for student in students:
        student.wait_for_lesson()
        print(f"{student.name}: lesson open after {time.perf_counter() - begin:.0f} s")
    for student in students:
        student.person.choose("Edit", "Clear Outputs of All Cells")
    begin = time.perf_counter()
    for student in students:
        student.person.choose("Run", "Run All Cells")
    for student in students:
        student.wait_for_cells()
        server, kernels = student.memory()
        print(
            f"{student.name}: all cells after {time.perf_counter() - begin:.0f} s; server "
            f"{server:.0f} MiB, kernel {kernels:.0f} MiB"
        )


def a_correction(student: Student, origin: Path, link: str) -> None:
    lesson = student.home / origin.name / "notebooks" / PATHS[0].name
    lesson.write_text(lesson.read_text().replace("learning rate", "MY learning rate", 1))
    work = origin.parent / "teacher"
    git("clone", "-q", "--branch", "main", origin, work)
    (work / "notebooks" / "NEWS.md").write_text("Corrected.\n")
    git("-C", work, "add", ".")
    git("-C", work, "commit", "-qm", "A correction")
    git("-C", work, "push", "-q")
    student.follow(link)
    wait_until((lesson.parent / "NEWS.md").exists, "the correction", LONG)
    student.wait_for_lesson()
    assert "MY learning rate" in lesson.read_text()
    print(f"{student.name}: the correction is there, and so is what the student wrote")


def the_lab(student: Student, link: str) -> None:
    student.follow(link)
    page = student.page
    for visit in range(4):
        expect(page.get_by_text("On Monday")).to_be_visible(timeout=1000 * LONG)
        expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible(timeout=60_000)
        assert re.findall(WITH_CODE, page.locator("body").inner_text()) == []
        before = len(student.kernels())
        server, kernels = student.memory()
        if visit < 3:
            page.reload(wait_until="commit", timeout=1000 * LONG)
    print(
        f"{student.name}: after three reloads {before} kernels, {server + kernels:.0f} MiB in all"
    )
    begin = time.perf_counter()
    wait_until(lambda: len(student.kernels()) == 1, "the end of the other kernels", LONG)
    server, kernels = student.memory()
    print(f"{student.name}: one kernel {time.perf_counter() - begin:.0f} s later, "
          f"{server + kernels:.0f} MiB in all")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=3)
    count = parser.parse_args().students
    with tempfile.TemporaryDirectory() as name:
        folder, password = Path(name), secrets.token_hex(8)
        origin = folder / urlparse(re.search(r"repo=(\S+?)&", LINK)[1]).path.rpartition("2F")[2]
        git("clone", "-q", "--bare", ROOT, origin)
        git("-C", origin, "branch", "-f", "main", "HEAD")
        link = re.sub(r"repo=\S+?&", f"repo={quote(origin.as_uri(), safe='')}&", LINK)
        for place in ("settings", "home"):
            (folder / place).mkdir()
        shutil.copy(ROOT / "voila.json", folder / "settings" / "jupyter_server_config.json")
        config = folder / "jupyterhub_config.py"
        places = {"here": HERE, "hub": PORT + 1, "proxy": PORT + 2}
        places |= {"password": password, "folder": folder}
        config.write_text(CONFIG.format(**places))
        own = {"cwd": folder, "env": os.environ | {"JUPYTERHUB_CRYPT_KEY": secrets.token_hex(32)}}
        command = [sys.executable, "-m", "jupyterhub", "-f", str(config)]
        log = folder / "hub.log"
        try:
            with started(command, log, **own), running_chromium(find_chromium()) as browser:
                wait_until(lambda: "JupyterHub is now running" in log.read_text(), "the hub", 60)
                students = [Student(browser, f"student-{n + 1}", folder) for n in range(count)]
                the_lesson(students, password, link)
                a_correction(students[0], origin, link)
                the_lab(students[-1], re.sub(r"urlpath=\S+", VOILA, link))
        except BaseException:
            print(log.read_text()[-4000:], file=sys.stderr)
            raise


if __name__ == "__main__":
    main()
