"""HTML of a mebibyte that is made to cost a parser time or memory."""

from itertools import islice, product

from tests.attacks.bomb_texts import SIZE, filled

QUOTED = '=">" '


def _names_by(between: str, size: int) -> str:
    """As many different names as come to so many bytes with a blank behind each."""
    return between.join(map("".join, islice(product("abcdefghijklmnopqrstuvwxyz0123456789_-.:", repeat=4), size // 5)))


HTML: dict[str, str] = {
    "comments that do not end": filled("<!--"),
    "comments": filled("<!---->"),
    "deep div": filled("<div>"),
    "deep div, closed": filled("<div>", SIZE // 3) + filled("</div>", SIZE // 2),
    "closing tags": filled("</div>"),
    "paragraphs": filled("<p>"),
    "deep blockquote": filled("<blockquote>"),
    "blockquotes with text": filled("<blockquote>a"),
    "deep table": filled("<table><tr><td>"),
    "misplaced cells": filled("<table><td><p><tr>"),
    "formatting that is adopted": filled("<b><i><u><p>"),
    "adopted by links": filled("<a href=x><div>"),
    "unclosed tags": filled("<a "),
    "unclosed quotes": filled('<a href="'),
    "one tag of many attributes": f"<a {_names_by(' ', SIZE - 10)}>",
    "one tag of many attributes with quotes": f'<p>="</p><a {_names_by(QUOTED, SIZE // 3)}>',
    "one tag of many attributes among tags": f"<a {_names_by(' <b ', SIZE // 3)}>",
    "tags of many attributes": filled(f"<p {''.join(f'a{n}=b ' for n in range(300))}>x"),
    "same attributes": f"<a {filled('a=b ', SIZE - 8)}>",
    "one long attribute": f'<a href="{filled("x", SIZE - 12)}">',
    "entities": filled("&amp;"),
    "entities without end": filled("&"),
    "long entities": filled("&#0000000065;"),
    "one long entity": "&#" + filled("9", SIZE - 3) + ";",
    "entities of two characters": filled("&NotEqualTilde;"),
    "named entities that go on": filled("&notit"),
    "lists": filled("<ul><li>"),
    "items": filled("<li>a"),
    "rules": filled("<hr>"),
    "breaks": filled("<br>"),
    "select": filled("<select><option>"),
    "svg": filled("<svg><foreignObject>"),
    "math": filled("<math><mi>"),
    "templates": filled("<template>"),
    "scripts": filled("<script>"),
    "script that is escaped": filled("<script><!--<script>"),
    "textarea": filled("<textarea>"),
    "plaintext": "<plaintext>" + filled("<a>", SIZE - 20),
    "preformatted": filled("<pre>\n\n"),
    "preformatted lines": "<pre>" + filled("a\n", SIZE - 10),
    "cdata": filled("<![CDATA["),
    "processing instructions": filled("<?x"),
    "declarations": filled("<!x"),
    "conditional comments": filled("<!--[if mso]><p>"),
    "Word": filled("<p class=MsoNormal style='mso-x:1'><span><o:p>&nbsp;</o:p></span></p>"),
    "styles": f"<style>{filled('p{a:b}', SIZE - 20)}</style>",
    "style attributes": filled('<p style="background:url(x)">'),
    "nulls": filled("<\0p>"),
    "forms": filled("<form><input>"),
    "framesets": filled("<frameset><frame>"),
    "body again": filled("<body><html>"),
    "noscript": filled("<noscript><p>"),
    "font": filled("<font color=red>a"),
    "nobr": filled("<nobr>a"),
    "ruby": filled("<ruby><rt>"),
    "meta": filled("<meta charset="),
    "a style that does not end": f"<style>{filled('a', SIZE - 10)}",
    "styles that are not text": filled("<style>"),
    "styles that do not begin": filled("<style"),
    "rules of a style": f"<style>{filled('a{display:none}', SIZE - 10)}",
    "braces of a style": f"<style>{filled('{', SIZE - 10)}",
    "comments of a style": f"<style>{filled('/*', SIZE - 10)}",
    "selectors of a style": f"<style>{filled('.a', SIZE - 30)}!{{display:none}}",
    "words of a style": f"<style>{filled('a ', SIZE - 30)}{{display:none}}",
    "classes": f'<p class="{filled("a b c ", SIZE - 20)}">x',
    "hidden": filled("<div hidden>"),
    "hiding styles": filled("<p style='opacity:0000'>x"),
    "a hiding style that does not end": f"<p style='{filled('display ', SIZE - 20)}'>x",
}
