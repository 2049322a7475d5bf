"""500 texts that try to be anything but text: what a stranger may put into every name, label, alias and error.

``STRINGS`` are all of them, ``FAMILIES`` says what each tries. Every one marks itself with a word of its own (``h17q``), which
shows whether it was told, and what it made if it got through: ``MARK`` finds the words. Lone surrogates are among them; what
cannot hold one (a file, a terminal) is given ``STORABLE``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count

MARK = re.compile(r"h[0-9]+q")
"""The words by which the texts can be told."""

_TAGS = (
    "<script>{js}</script>", "<img src=x onerror={js}>", "<svg onload={js}>", "<svg/onload={js}//",
    "<iframe src='{url}'>", "<object data={url}>", "<embed src={url}>", "<base href={url}>",
    "<link rel=stylesheet href={url}>", "<form action={url}>", "<meta http-equiv=refresh content='0;url={url}'>",
    "<math><mi xlink:href='javascript:{js}'>{m}", "<details open ontoggle={js}>", "<video><source onerror={js}>",
    "<body onload={js}>", "<marquee onstart={js}>{m}", "<input autofocus onfocus={js}>",
    "<a href='javascript:{js}'>{m}</a>", "<b>{m}</b>", "<!--{m}-->", "<![CDATA[{m}]]>", "<?xml version='1.0'?><{m}/>",
    "<!DOCTYPE {m} [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x;", "&lt;b&gt;{m}&lt;/b&gt;", "&#60;script&#62;{m}",
    "&{m};", "<ScRiPt>{js}</sCrIpT>", "<scr<script>ipt>{js}</script>", "<script\n>{js}</script>",
    "<\x00script>{js}</script>", "<x onclick={js}>{m}", "<style>@import '{url}';</style>",
    "<noscript><p title='</noscript><img src=x onerror={js}>'>", "<template><script>{js}</script></template>",
    "<table background='{url}'>", "<isindex action=javascript:{js}>", "<plaintext>{m}", "<textarea>{m}",
    "<title>{m}</title>", "<select><option>{m}", "<frameset onload={js}>", "<picture><source srcset={url}>",
    "<audio src={url} autoplay>", "<portal src={url}>", "<dialog open>{m}</dialog>", "<summary>{m}</summary>",
    "</details>{m}", "</summary></details>{m}", "<br>{m}<hr>", "<p>{m}", "\uff1cscript\uff1e{js}\uff1c/script\uff1e",
)  # fmt: skip
_CLOSERS = (
    "</script><script>{js}</script>", "</title><script>{js}</script>", "</style><style>*{{background:url({url})}}",
    "</textarea>{m}", "--><script>{js}</script>", "]]><script>{js}</script>", "</svg><script>{js}</script>",
    "</pre></code><b>{m}</b>", "</main>{m}", "</text><a href='{url}'>{m}</a>", "<!--<script>{m}", "</script\t>{m}",
    "</SCRIPT >{m}", "\\u003c/script\\u003e{m}", "*/{m}/*", "');{js}//", "\");{js}//", "`+{js}+`", "${{{js}}}",
    "\\x3cscript\\x3e{m}", "{m}\u2028{js}", "{m}\u2029{js}", "\"}}]}}{m}", "\\\"{m}",
    "</testcase><testcase name='{m}'/>", "</body></html>{m}", "<script type=application/json>{m}</script>",
    "\u0000</script>{m}", "{{\"{m}\":1}}", "[\"{m}\"]",
)  # fmt: skip
_ATTRIBUTES = (
    "\"><img src=x onerror={js}>", "'><img src=x onerror={js}>", "\" onmouseover=\"{js}\" x=\"",
    "' onmouseover='{js}' x='", "\" style=\"x:{m}", "x onmouseover={js}", "\"/><script>{js}</script>",
    "\" autofocus onfocus={js} \"", "`onmouseover={js}`", "\" href=\"javascript:{js}", "'/**/onclick={js}//",
    "\" id=\"main\" class=\"{m}", "\"\tonload={js}\t\"", "\"\nonload={js}\n\"", "\" xlink:href=\"{url}",
    "&quot; onload={js} &quot;", "&#34; onload={js}", "\u201c onload={js} \u201d", "\"]{m}[\"", "'\"><{m}>",
    "\" srcdoc=\"<script>{js}</script>", "\" aria-hidden=\"true\" {m}=\"", "\" hidden {m}=\"", "#{m}", "c1\" {m}=\"",
    "c1 {m}", "../{m}", "?{m}=1&x=2", "\" download=\"{m}", "=\"{m}\"",
)  # fmt: skip
_ADDRESSES = (
    "javascript:{js}", "JaVaScRiPt:{js}", "java\tscript:{js}", "javascript&colon;{js}",
    "data:text/html,<script>{js}</script>", "data:image/svg+xml;base64,{m}", "vbscript:{m}", "file:///etc/{m}",
    "//127.0.0.1:9/{m}", "{url}", "ftp://127.0.0.1/{m}", "http://127.0.0.1:9/{m}?a=b&c=d#e",
    "https://user:pass@127.0.0.1/{m}", "www.{m}.example", "www.{m}.example/a_(b)", "mailto:{m}@example.org",
    "{m}@example.org", "xmpp:{m}@example.org/x", "tel:+1{m}", "blob:{m}", "view-source:{url}", "\x01javascript:{js}",
    " javascript:{js}", "feed:{url}", "http:{m}", "http:/\\{m}", "\\\\127.0.0.1\\{m}", "%6aavascript:{js}",
    "https://{m}.example.", "HTTPS://{m}.EXAMPLE/", "http://[::1]/{m}", "http://\u0430pple.example/{m}",
    "git@{m}.example:a/b.git", "ssh://{m}.example", "slack://{m}",
)  # fmt: skip
_STYLES = (
    "}}*{{display:none}}/*{m}*/", "expression({js})", "url({url})", "url('{url}')", "@import url({url});{m}",
    "behavior:url({url})", "-moz-binding:url({url})", "color:red;background:url({url})", "{m}</style>",
    "\\7d *{{display:none}}{m}", "{m};position:fixed;inset:0", "var(--{m})", "attr({m})", "image-set('{url}' 1x)",
    "/*{m}", "*/{m}", "{m}\\", "@font-face{{src:url({url})}}", "body::before{{content:'{m}'}}", "{m}!important",
)  # fmt: skip
_PICTURES = (
    "<svg><script>{js}</script></svg>", "<svg><a xlink:href='javascript:{js}'><text>{m}</text></a></svg>",
    "<use href='{url}#x'/>{m}", "<image href='{url}'/>", "<foreignObject><body onload={js}></foreignObject>",
    "<animate onbegin={js} attributeName=x dur=1s>", "<set attributeName=onmouseover to={js}>",
    "<handler xmlns:ev='http://www.w3.org/2001/xml-events' ev:event=load>{js}</handler>", "<feImage href='{url}'/>",
    "</text></g></svg><b>{m}</b>", "<tspan onclick={js}>{m}</tspan>", "<style>@import '{url}'</style>{m}",
    "<desc><script>{js}</script></desc>", "</desc>{m}", "</title></svg>{m}", "<pattern id={m}>", "url(#{m})",
    "M0 0L{m}", "<path d='{m}'/>", "<mask><rect width=9999 height=9999></mask>{m}", "\"];{m} [label=\"",
    "digraph {{ {m} -> b }}", "subgraph {m}", "a[\"{m}\"] --> b", "%%{{init: {{'securityLevel':'loose'}}}}%% {m}",
    "click {m} \"{url}\"", "end {m}", "{m}:::critical", "a --> b; {m}", "|{m}|", "<<i>{m}</i>>", "{m}\\l{m}\\r",
    "#quot;{m}#59;", "style {m} fill:#f00", "HTML <{m}>",
)  # fmt: skip
_MARKDOWN = (
    "[{m}]({url})", "![{m}]({url})", "[{m}][x]\n\n[x]: {url}", "<{url}>", "<{m}@example.org>",
    "[{m}](javascript:{js})", "**{m}**", "_{m}_", "~~{m}~~", "`{m}`", "``{m}``", "```\n{m}\n```", "`` ` {m}", "`{m}",
    "{m}`", "```{m}", "~~~{m}", "# {m}", "{m}\n===", "{m}\n---", "---\n{m}", "> {m}", "- {m}", "* {m}", "+ {m}",
    "1. {m}", "1) {m}", "- [ ] {m}", "- [x] {m}", "| {m} | b |\n|---|---|", "{m} | b", "\\| {m}", "|{m}|",
    "a\\|{m}|b", "    {m}", "\t{m}", "{m}  \nnext", "{m}\\\nnext", "@{m}", "@{m}/team", "#1{m}", "#1 {m}", "GH-1 {m}",
    "octo/cat#1 {m}", "octo/cat@deadbeef {m}", "{m} deadbeefdeadbeefdeadbeefdeadbeefdeadbeef", ":smile: {m}", ":{m}:",
    "[^1] {m}\n\n[^1]: note", "$x^2$ {m}", "$${m}$$", "`$ {m} $`", "<details><summary>{m}</summary>", "<!-- {m} -->",
    "[{m}]", "[{m}]:", "![]({url})", "[![{m}]({url})]({url})", "[{m}](<{url}> 'title')", "\\[{m}](x)", "\\`{m}\\`",
    "*{m}", "**{m}", "__{m}", "***{m}***", "{m}*", "\\{m}\\", "&copy; {m}", "&#x41; {m}", "{m} &nbsp;",
    "<kbd>{m}</kbd>", "[[{m}]]", "==={m}===", "> [!WARNING]\n> {m}", "closes #1 {m}", "/label {m}", "%{m}", "!1 {m}",
    "~{m}", "\n\n# {m}\n\n", "\n\n    {m}\n\n", "text {m}\n\n```suggestion\nrm -rf /\n```",
    "```mermaid\ngraph TD;{m}\n```", "[1](2){m}", "[{m}](1)", "{{0}} {m}", "{{{{{m}}}}}",
)  # fmt: skip
_DIRECTIONS = (
    "\u202e{m}\u202c", "\u202d{m}", "\u202a{m}", "\u202b{m}", "\u2066{m}\u2069", "\u2067{m}", "\u2068{m}",
    "\u200e{m}", "\u200f{m}", "\u061c{m}", "{m}\u202egnp.exe", "{m}\u2067gpj.sh\u2069", "\u05d0\u05d1 {m} \u05d2",
    "\u0645\u0631\u062d\u0628\u0627 {m}", "{m}/\u202e42.1.01.1/\u202c", "a\u202eb\u202dc{m}", "\u2069\u2069{m}",
    "\u202c\u202c{m}", "\ufeff{m}", "{m}\ufeff",
)  # fmt: skip
_UNSEEN = (
    "{m}\u200b", "{m}\u200c", "{m}\u200d", "{m}\u2060", "{m}\u00ad", "{m}\u034f", "{m}\u115f", "{m}\u1160",
    "{m}\u17b4", "{m}\u180e", "{m}\u3164", "{m}\uffa0", "{m}\u2800", "{m}\u00a0", "{m}\u2003", "{m}\u3000",
    "{m}\u2061", "{m}\u2064", "{m}\U000e0041", "{m}\ufe0f", "{m}\U000e0100", "{m}\ufff9x\ufffb", "{m}\U0001d173",
    "{m}\u206a", "{m}\u1680",
)  # fmt: skip
_CONTROLS = (
    *(f"{{m}}{chr(code)}x" for code in (*range(0x20), *range(0x7F, 0xA0))),
    "{m}\r\nx", "{m}\ufffe", "{m}\uffff", "{m}\ufdd0", "{m}\U0001fffe", "{m}\U0010ffff", "{m}\ufffd", "{m}\ufffc",
)  # fmt: skip
_TERMINAL = (
    "\x1b[31m{m}\x1b[0m", "\x1b[2J{m}", "\x1b[H{m}", "\x1b]0;{m}\x07", "\x1b]8;;{url}\x07{m}\x1b]8;;\x07",
    "\x1b[8m{m}", "\x1b[1A\x1b[2K{m}", "\x1bc{m}", "\x1b[?1049h{m}", "\x1bP{m}\x1b\\", "\x1b_{m}\x1b\\",
    "\x1b^{m}\x1b\\", "\x1b[5n{m}", "\x1b[c{m}", "\x1b]52;c;{m}\x07", "\x9b31m{m}", "\x9d0;{m}\x9c", "\x90{m}\x9c",
    "\x1b[6n{m}", "\x1b[20t{m}", "\x1b%G{m}", "\x1b(0{m}", "{m}\x08\x08\x08", "{m}\x7f", "\r{m}", "{m}\x1b[99999C",
    "\x1b]50;{m}\x07", "\x1b[>0q{m}", "\x0e{m}\x0f", "\x1b#8{m}", "\x07{m}", "\x1b[3g{m}", "\x1b]1337;File=:{m}\x07",
    "\x1b[200~{m}\x1b[201~", "{m}\x1b",
)  # fmt: skip
_FORMULAS = (
    "={m}", "=1+1|{m}", "+{m}", "-{m}", "@{m}()", "=cmd|' /C calc'!{m}", "=HYPERLINK(\"{url}\",\"{m}\")", "\t={m}",
    "\r={m}", "=IMPORTXML(\"{url}\",\"//a\")", "\"={m}\"", ";={m}", ",={m}", "%0A={m}", "\u2212{m}", "{m},\"x\"",
    "{m}\"\"x",
)  # fmt: skip
_TEMPLATES = (
    "{{{{ 7*7 }}}}{m}", "{{% raw %}}{m}", "{{# {m} #}}", "${{7*7}}{m}", "#{{7*7}}{m}", "<%= {m} %>", "%(name)s {m}",
    "%s%n {m}", "{{0.__class__}}{m}", "{{m}}{m}", "$({m})", "`id {m}`", "; rm -rf / # {m}", "' OR 1=1 -- {m}",
    "\"; DROP TABLE link; -- {m}", "|{m}", "&& {m}", "$IFS{m}", "~{m}", "*{m}",
    "{m}: !!python/object/apply:os.system", "- {m}: [", "&{m} *{m}", "\u2028{m}", "${{jndi:ldap://127.0.0.1/{m}}}",
    "__proto__", "constructor {m}", "null", "true", "NaN", "-0", "1e999", "toString {m}", "__import__('os') {m}",
    "{m}\\u0000",
)  # fmt: skip
_SURROGATES = (
    "\udcff{m}",
    "{m}\ud800",
    "\udfff\ud800{m}",
    "\udc80<b>{m}</b>",
    "{m}\ud83d x \ude00",
    "\udcff\udcfe\udcfd{m}",
)
_LONG = (
    "{m}" + "x" * 300, "{m}" + " x" * 120, "{m}" + "\u5bbd" * 100, "{m}" + "e\u0301" * 80, "{m}" + "`" * 40,
    "{m}" + "<" * 60, "{m}" + "\\" * 40, "{m}" + "/" * 100, "{m}" + "a-" * 80, "{m}" + "\u202e" * 30,
    "{m}z" + "\u0335\u0348" * 40, "{m}" + "\U0001f469\u200d\U0001f467" * 10, "   {m}   ", "{m}" + "." * 90,
    "{m}" + "&amp;" * 30,
)  # fmt: skip

_FORMS: Mapping[str, tuple[str, ...]] = {
    "markup": _TAGS,
    "script island": _CLOSERS,
    "attribute": _ATTRIBUTES,
    "address": _ADDRESSES,
    "style": _STYLES,
    "picture": _PICTURES,
    "markdown": _MARKDOWN,
    "direction": _DIRECTIONS,
    "unseen": _UNSEEN,
    "control": _CONTROLS,
    "terminal": _TERMINAL,
    "formula": _FORMULAS,
    "template": _TEMPLATES,
    "surrogate": _SURROGATES,
    "long": _LONG,
}


def _filled() -> Iterator[tuple[str, str]]:
    numbers = count(1)
    for family, forms in _FORMS.items():
        for form in forms:
            mark = f"h{next(numbers)}q"
            script = f"document.title='{mark}'"
            yield family, form.format(m=mark, js=script, url=f"http://127.0.0.1:9/{mark}")


_ALL = tuple(_filled())
FAMILIES: Mapping[str, tuple[str, ...]] = {
    family: tuple(text for kind, text in _ALL if kind == family) for family in _FORMS
}
STRINGS: tuple[str, ...] = tuple(text for _, text in _ALL)


def _can_be_stored(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


STORABLE: tuple[str, ...] = tuple(filter(_can_be_stored, STRINGS))
"""Those that can be encoded."""

Texts = Callable[[str], str]
"""What to put into a field: given its place in the model (``Change.name``), its text."""
