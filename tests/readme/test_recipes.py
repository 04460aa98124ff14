from tests.readme.recipes import Paragraph, as_markdown, paragraphs, sections

PAGE = """\
Recipes

Paste these
commands:

    rc-tail sms |
      jq .

First

By [path], in `x`.

    a
    b

Second

More:

    c
"""


def test_a_page_has_an_introduction_and_sections():
    assert list(paragraphs(PAGE)) == [
        Paragraph("Paste these\ncommands:\n", "", 3, is_commands=False),
        Paragraph("rc-tail sms |\n  jq .\n", "", 6, is_commands=True),
        Paragraph("By [path], in `x`.\n", "First", 11, is_commands=False),
        Paragraph("a\nb\n", "First", 13, is_commands=True),
        Paragraph("More:\n", "Second", 18, is_commands=False),
        Paragraph("c\n", "Second", 20, is_commands=True),
    ]
    assert sections(PAGE) == ["First", "Second"]


def test_introduction_and_first_section_become_markdown():
    assert list(as_markdown(PAGE)) == [
        "",
        "Paste these commands:",
        "",
        "```sh",
        "rc-tail sms |",
        "  jq .",
        "```",
        "",
        "By [path], in `x`.",
        "",
        "```sh",
        "a",
        "b",
        "```",
        "",
    ]
