"""A hook of MkDocs (`mkdocs.yml`): adds the pages that are made from the feature files, and unfolds Markdown."""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

from conformance.contract.requirements import requirements, scenario_lines
from conformance.report.sources import describe
from mockstore.behaviours.defects import defects

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

    from conformance.core.model import Role

PAGES: dict[Role, tuple[str, str]] = {
    "store": ("docs/requirements.md", "Requirements of a store"),
    "importer": ("docs/importer-requirements.md", "Requirements of an importer"),
}
"""Role → the page's path in the site, and its title."""


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Return the files of the site with a page of requirements for each role."""
    for role, (path, title) in PAGES.items():
        files.append(File.generated(config, path, content=page_of(role, title)))
    return files


FOLDED = re.compile(r"<details>\n<summary>(.*?)</summary>\n(.*?)\n</details>", re.DOTALL)
"""A part that GitHub folds: its title, and its Markdown."""


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return a page whose folded parts are Markdown, as on GitHub: Python-Markdown would read them as HTML.

    A reply that a report cuts in the middle of ``<![CDATA[`` would end the build: Python's HTML parser fails there.
    """

    def as_admonition(found: re.Match[str]) -> str:
        title = re.sub("<[^>]*>", "", found[1]).replace('"', "'")
        return f'??? note "{title}"\n{textwrap.indent(found[2], "    ")}'

    return FOLDED.sub(as_admonition, re.sub(r"<!\[(?!CDATA\[)\w*", "<!", markdown))


def page_of(role: Role, title: str) -> str:
    """Return the requirements of a role as Markdown, each with its sources, scenarios and defects."""
    violating: dict[str, list[str]] = defaultdict(list)
    for defect in defects().values():
        for name in defect.caught_by:
            violating[name].append(defect.id)
    lines = [
        f"# {title}",
        "",
        "The feature files are the source of this page: [how to read them](../features/README.md).",
    ]
    feature = ""
    for each in requirements(role):
        if each.feature != feature:
            feature = each.feature
            lines += ["", f"## {feature}"]
        lines += ["", f"### {each.id}", "", f"**{each.title}** ({each.level.upper()}, needs {each.needs})", ""]
        lines += [f"- {source}" for source in describe(each.source)]
        lines += ["", "```gherkin", *(line[4:] for line in scenario_lines(each.id, role)), "```"]
        if violating[each.id]:
            named = ", ".join(f"`{name}`" for name in sorted(violating[each.id]))
            lines += ["", f"Defects that violate it ([what they do](defects.md)): {named}"]
    return "\n".join(lines) + "\n"
