"""The site is built from the pages as they are, and a dead link stops the build."""

import re
from pathlib import Path

import pytest

from tests.docs.site import OUT, Site, anchor, main, target


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two pages and a picture."""
    (tmp_path / "docs" / "how-to").mkdir(parents=True)
    (tmp_path / "README.md").write_text("# Front\n\n[there](docs/how-to/do.md#second-part) ![a](docs/how-to/a.svg)\n")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n")
    (tmp_path / "docs" / "README.md").write_text("# All\n\n[front](../README.md)\n")
    (tmp_path / "docs" / "how-to" / "do.md").write_text("# Do it\n\n## Second part\n\n```python\nx = 1\n```\n")
    (tmp_path / "docs" / "how-to" / "a.svg").write_text("<svg/>")
    return tmp_path


class TestTheSite:
    def test_every_page_of_ours_is_built_and_no_link_is_dead(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        assert main(tmp_path / "site") == 0, capsys.readouterr().err

        assert (tmp_path / "site" / "reference" / "policy.html").exists()

    def test_no_written_link_leads_out_of_the_site(self, tmp_path: Path) -> None:
        """Checked on the files themselves: what a browser would open is there."""
        main(tmp_path)
        for file in tmp_path.rglob("*.html"):
            for link in re.findall(r'(?:href|src)="([^"#:]+)(?:#[^"]*)?"', file.read_text(encoding="utf-8")):
                found = (file.parent / link).resolve()
                assert found.exists(), (file, link)
                assert found.is_relative_to(tmp_path.resolve()), (file, link)

    def test_it_goes_where_git_looks_away(self) -> None:
        assert OUT.parent.name == "build"


class TestTheBuild:
    def test_links_lead_to_the_written_pages(self, repository: Path) -> None:
        site = Site(repository)
        site.write(repository / "out")

        front = (repository / "out" / "index.html").read_text()
        assert site.faults == []
        assert 'href="how-to/do.html#second-part"' in front
        assert 'src="docs/how-to/a.svg"' in front and (repository / "out" / "docs" / "how-to" / "a.svg").exists()

    def test_code_is_coloured(self, repository: Path) -> None:
        Site(repository).write(repository / "out")

        assert '<span class="mi">1</span>' in (repository / "out" / "how-to" / "do.html").read_text()

    @pytest.mark.parametrize("link", ["nowhere.md", "do.md#third-part", "b.svg"])
    def test_a_dead_link_is_a_fault(self, repository: Path, link: str) -> None:
        with (repository / "docs" / "how-to" / "do.md").open("a") as page:
            page.write(f"[dead]({link})\n")
        site = Site(repository)
        site.write(repository / "out")

        assert site.faults == [f"docs/how-to/do.md: {link}"]

    @pytest.mark.parametrize(
        ("page", "file"),
        [
            ("README.md", "index.html"),
            ("docs/README.md", "contents.html"),
            ("docs/decisions/README.md", "decisions/index.html"),
            ("docs/how-to/do.md", "how-to/do.html"),
        ],
    )
    def test_a_page_has_its_place(self, page: str, file: str) -> None:
        assert target(Path(page)) == Path(file)

    def test_an_anchor_is_that_of_code_hosts(self) -> None:
        assert anchor("What `on_post` is, and why: 2") == "what-on_post-is-and-why-2"
