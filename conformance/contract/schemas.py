"""Validates documents against the schemas, and explains in words where a document is invalid, and why.

Pure functions turn a parsed document into :class:`Violation` values. lxml validates ``orders.xsd`` and
``shipnotice.xsd``. ``orders-strict.xsd`` is XSD 1.1, which lxml doesn't support: its assertions are taken
out, lxml validates the rest, and the assertions' tests run as plain XPath. They are written so that
XPath 1.0 and 2.0 give the same result.

What lxml refuses in an export is a violation only if xmlschema, a full XSD 1.1 processor, refuses it, too:
some versions of libxml2 refuse decimals of more than 24 digits, for example. xmlschema is 100 times slower, so
it validates only the refused elements. With ``authority=True`` it validates the whole document instead of lxml,
and the tests compare the two. Codes and rules
come from the schemas' own annotations. This module opens no file but the schemas, resolves no entity and
follows no schema location.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec
from lxml import etree

from conformance.contract.paths import SCHEMAS

if TYPE_CHECKING:
    import xmlschema

Document = etree._Element | etree._ElementTree
RefusalKind = Literal[
    "value",
    "attribute",
    "unknown",
    "repeated",
    "too-many",
    "missing",
    "content",
    "stray-text",
    "assertion",
    "root",
    "entity",
]

MAX_SHOWN_CHARS = 200
"""A violation shows at most this many characters of a refused value."""
MAX_VIOLATIONS = 1_000
"""Only this many violations of a document are explained: the first ones."""

MAX_VALIDATED_ELEMENTS = 100_000
"""Of a larger document, only the first orders that have this many elements together are validated."""

_XS = "{http://www.w3.org/2001/XMLSchema}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_NIL = f"{_XSI}nil"


class Violation(msgspec.Struct, frozen=True):
    """One place where a document breaks its schema.

    ``xpath`` leads to the element or attribute, with the position of everything that can repeat; for
    a missing element it leads to the parent. ``element`` is the name of the element, even if it is missing.
    ``rule`` says in words what the schema asks for. ``code`` is the stable name of this kind of violation.
    """

    xpath: str
    element: str
    value: str
    rule: str
    code: str


def violations(document: Document) -> tuple[Violation, ...]:
    """Return the violations of ``orders.xsd`` in an export document, in document order.

    An unknown attribute of Orders is not among them: readers ignore it.
    """
    root, schema = _beginning(_root(document)), _schema("orders.xsd")
    return _in_document_order(schema, root, _confirmed(schema, _plain_refusals(schema, root)))


def strict_violations(document: Document, *, authority: bool = False) -> tuple[Violation, ...]:
    """Return the violations of ``orders-strict.xsd`` in those parts of a document that ``orders.xsd`` accepts.

    An unknown attribute of Orders is one of them.

    With ``authority``, xmlschema validates the document instead of lxml.
    """
    root, schema = _beginning(_root(document)), _schema("orders-strict.xsd")
    refused = _refusals(schema, root, _by_xmlschema if authority else _by_lxml)
    if not refused:
        return ()
    plain = _plain_refusals(_schema("orders.xsd"), root)
    beyond = _beyond(refused, plain)
    return _in_document_order(schema, root, beyond if authority else _confirmed(schema, beyond))


def notice_violations(document: Document) -> tuple[Violation, ...]:
    """Return the violations of ``shipnotice.xsd`` in a shipment notification, in document order."""
    root, schema = _root(document), _schema("shipnotice.xsd")
    return _in_document_order(schema, root, _refusals(schema, root))


# -- The rules of a schema, read from its file


class _Rule(NamedTuple):
    """One step of a simple type's derivation: its facets, and the code and words of its annotation."""

    code: str
    words: str
    facets: Mapping[str, tuple[str, ...]]


class _Child(NamedTuple):
    """A child that a complex type declares; ``most`` is None if there is no bound."""

    type: str
    least: int
    most: int | None


class _Assertion(NamedTuple):
    """An ``xs:assert``. ``child`` is the element that it is about; ``broken`` finds the elements that fail the test."""

    code: str
    words: str
    child: str
    test: str
    names: frozenset[str]
    broken: etree.XPath


class _Schema:
    """A schema file, compiled for lxml, with the parts that explain a refusal."""

    def __init__(self, name: str) -> None:
        self.path = SCHEMAS / name
        parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
        source = etree.parse(self.path, parser).getroot()
        self._types = {node.get("name", ""): node for node in source.iter(f"{_XS}complexType", f"{_XS}simpleType")}
        self.children = {key: _children(node) for key, node in self._types.items()}
        """Name of a complex type → its children."""
        self.rules = {key: self._chain(key) for key in self._types}
        """Name of a simple type → its rules, the base type's first. A union has the rules of its first member."""
        element = source.find(f"{_XS}element")
        if element is None:  # pragma: no cover - no such schema is shipped
            raise ValueError(f"{self.path} declares no document element")
        self.root, self.root_type = element.get("name", ""), element.get("type", "")
        self.repeating = frozenset(
            tag for children in self.children.values() for tag, child in children.items() if child.most != 1
        )
        self.assertions = tuple(self._assertions())
        for assertion in list(source.iter(f"{_XS}assert")):
            _take_out(assertion)
        self.validator = etree.XMLSchema(source)

    def type_of(self, element: etree._Element) -> str | None:
        """Return the name of the type that ``element`` is declared with; None if it isn't declared at this place."""
        parent = element.getparent()
        if parent is None:
            return self.root_type if element.tag == self.root else None
        above = self.type_of(parent)
        child = self.children.get(above or "", {}).get(str(element.tag))
        return child.type if child else None

    def attribute_type(self, element: etree._Element, attribute: str) -> str | None:
        """Return the name of an attribute's type; None if the attribute isn't declared."""
        declared = self._types.get(self.type_of(element) or "")
        found = None if declared is None else declared.find(f"{_XS}attribute[@name='{attribute}']")
        return None if found is None else found.get("type")

    def broken_rule(self, type_name: str | None, value: str) -> _Rule:
        """Return the first rule that ``value`` breaks; if several rules have its code, the last of them."""
        chain = self.rules.get(type_name or "", ())
        if not chain:  # pragma: no cover - a refused value lies in a declared element
            return _Rule("not-valid", "a value that the schema allows", {})
        broken = next((rule for rule in chain if not _holds(rule.facets, value)), chain[-1])
        return next(rule for rule in reversed(chain) if rule.code == broken.code)

    def _chain(self, type_name: str) -> tuple[_Rule, ...]:
        node = self._types.get(type_name)
        if node is None or node.tag != f"{_XS}simpleType":
            return ()
        definition = node[-1]
        base = definition.get("base") or definition.get("memberTypes", "").split()[0]
        facets: dict[str, tuple[str, ...]] = {"base": (base,)} if base.startswith("xs:") else {}
        for facet in definition:
            key = etree.QName(facet).localname
            facets[key] = (*facets.get(key, ()), facet.get("value", ""))
        return (*self._chain(base), _Rule(_note(node, "code"), _words(node), facets))

    def _assertions(self) -> Iterator[_Assertion]:
        for path, type_name in self._places(f"/{self.root}", self.root_type):
            for node in self._types[type_name].iterchildren(f"{_XS}assert"):
                test = node.get("test", "")
                yield _Assertion(
                    code=_note(node, "code"),
                    words=_words(node),
                    child=_note(node, "element"),
                    test=test,
                    names=frozenset(re.findall(r"\b[A-Z]\w+", test)),
                    broken=etree.XPath(f"{path}[not({test})]"),
                )

    def _places(self, path: str, type_name: str) -> Iterator[tuple[str, str]]:
        yield path, type_name
        for tag, child in self.children.get(type_name, {}).items():
            if self.children.get(child.type):
                yield from self._places(f"{path}/{tag}", child.type)


@functools.cache
def _schema(name: str) -> _Schema:
    return _Schema(name)


def _children(node: etree._Element) -> dict[str, _Child]:
    found = {}
    for element in node.iter(f"{_XS}element"):
        most = element.get("maxOccurs", "1")
        found[element.get("name", "")] = _Child(
            element.get("type", ""),
            int(element.get("minOccurs", "1")),
            None if most == "unbounded" else int(most),
        )
    return found


def _words(node: etree._Element) -> str:
    return " ".join((node.findtext(f"{_XS}annotation/{_XS}documentation") or "").split())


def _note(node: etree._Element, source: str) -> str:
    return (node.findtext(f"{_XS}annotation/{_XS}appinfo[@source='{source}']") or "").strip()


# -- The refusals


class _Refusal(NamedTuple):
    """An element that the schema refuses, and the kind of its problem."""

    element: etree._Element
    kind: RefusalKind
    name: str = ""
    """The name of the attribute or of the missing child, or the test of the assertion."""


_Engine = Callable[[_Schema, etree._Element], list[_Refusal]]


def _root(document: Document) -> etree._Element:
    root = document if isinstance(document, etree._Element) else document.getroot()
    return root if root.getparent() is None else _copy(root)[0]


def _beginning(root: etree._Element) -> etree._Element:
    """Return the document itself or, if it is very large, a copy that has only the first of its children."""
    if _COUNT(root) <= MAX_VALIDATED_ELEMENTS:
        return root
    beginning = etree.Element(root.tag, dict(root.attrib), nsmap=root.nsmap)
    beginning.text = root.text
    left = MAX_VALIDATED_ELEMENTS
    for child in root.iterchildren("*"):
        left -= int(_COUNT(child))
        if left < 0:
            break
        beginning.append(deepcopy(child))
    return beginning


_COUNT = etree.XPath("count(descendant-or-self::*)")


def _refusals(schema: _Schema, root: etree._Element, engine: _Engine | None = None) -> list[_Refusal]:
    """Return all refusals of ``schema``, without repetitions."""
    engine = engine or _by_lxml
    if root.tag != schema.root:
        return [_Refusal(root, "root")]
    entities = [entity.getparent() for entity in root.iter(etree.Entity)]
    if entities:
        found = [_Refusal(parent, "entity") for parent in entities if parent is not None]
    else:
        found = engine(schema, root)
        if any(refusal.kind == "content" for refusal in found):
            found = _with_all_misplaced(schema, root, engine, found)
    return list(dict.fromkeys(found))


def _with_all_misplaced(
    schema: _Schema, root: etree._Element, engine: _Engine, found: list[_Refusal]
) -> list[_Refusal]:
    """Return the refusals with all misplaced children, of which a validator finds only some.

    A validator stops reading an element's children at the first that isn't allowed. So this function
    finds all misplaced children, and the validator reads a copy of the document without them.
    """
    misplaced = list(_misplaced(schema, root))
    superfluous = {refusal.element for refusal in misplaced if refusal.kind != "missing"}
    if superfluous:
        copy, originals = _copy(root)
        for element, original in originals.items():
            if original in superfluous:
                _take_out(element)
        found = [_Refusal(originals[element], kind, name) for element, kind, name in engine(schema, copy)]
    if misplaced:
        found = [refusal for refusal in found if refusal.kind != "content"]
    return misplaced + found


def _misplaced(schema: _Schema, root: etree._Element) -> Iterator[_Refusal]:
    """Yield the children that aren't allowed at their place, come too often, or are missing."""
    waiting = [(root, schema.root_type)]
    for element, type_name in waiting:
        declared = schema.children[type_name]
        seen: Counter[str] = Counter()
        for child in element.iterchildren("*"):
            tag = str(child.tag)
            if tag not in declared:
                yield _Refusal(child, "unknown")
                continue
            seen[tag] += 1
            most = declared[tag].most
            if most is not None and seen[tag] > most:
                yield _Refusal(child, "repeated" if most == 1 else "too-many")
            else:
                waiting.append((child, declared[tag].type))
        for tag, expected in declared.items():
            if seen[tag] < expected.least:
                yield _Refusal(element, "missing", tag)


def _by_lxml(schema: _Schema, root: etree._Element) -> list[_Refusal]:
    found = []
    if not schema.validator.validate(root):
        tree = root.getroottree()
        for entry in schema.validator.error_log:
            kind = _LIBXML_KINDS.get(entry.type_name, "value")
            if kind == "content":  # _misplaced finds the element: a path with a prefix can't be followed
                found.append(_Refusal(root, "content"))
                continue
            attribute = re.match(r"Element '[^']*', attribute '([^']*)'", entry.message)
            name = _NIL if entry.type_name == "SCHEMAV_CVC_ELT_3_1" else attribute[1] if attribute else ""
            found.append(_Refusal(_at(tree, entry.path), "attribute" if name else kind, name))
    for assertion in schema.assertions:
        found.extend(_Refusal(element, "assertion", assertion.test) for element in _elements(assertion.broken(root)))
    return found


_LIBXML_KINDS: dict[str, RefusalKind] = {
    "SCHEMAV_ELEMENT_CONTENT": "content",
    "SCHEMAV_CVC_TYPE_3_1_2": "content",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "stray-text",
}
"""libxml2's names for errors that are not about a value."""


def _at(tree: etree._ElementTree, path: str | None) -> etree._Element:
    found = list(_elements(tree.xpath(path))) if path else []
    return found[0] if found else tree.getroot()


def _elements(found: object) -> Iterator[etree._Element]:
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, etree._Element))


def _by_xmlschema(schema: _Schema, root: etree._Element) -> list[_Refusal]:
    """Do the same as :func:`_by_lxml` with xmlschema."""
    from xmlschema.validators import XMLSchemaChildrenValidationError, XsdAssert

    copy, originals = _for_xmlschema(root)
    found = []
    for error in _xsd11(str(schema.path)).iter_errors(copy):  # type: ignore[arg-type]
        element = originals.get(error.elem, root)  # type: ignore[call-overload]
        reason = error.reason or ""
        attribute = re.match(r"attribute ([^=]+)=|'([^']+)' attribute not allowed", reason)
        if isinstance(error, XMLSchemaChildrenValidationError) or "can't have child elements" in reason:
            found.append(_Refusal(element, "content"))
        elif reason.startswith("element is not nillable"):
            found.append(_Refusal(element, "attribute", _NIL))
        elif isinstance(error.validator, XsdAssert):
            found.append(_Refusal(element, "assertion", error.validator.elem.get("test", "")))
        elif attribute:
            found.append(_Refusal(element, "attribute", attribute[1] or attribute[2]))
        elif reason.startswith("character data between child elements"):
            found.append(_Refusal(element, "stray-text"))
        else:
            found.append(_Refusal(element, "value"))
    return found


def _confirmed(schema: _Schema, refusals: list[_Refusal]) -> list[_Refusal]:
    """Return the refusals that xmlschema makes, too. It validates only the elements that they are about."""
    asked: dict[tuple[etree._Element, bool], bool] = {}

    def is_confirmed(refusal: _Refusal) -> bool:
        if refusal.kind in {"root", "entity"}:  # these are found without a validator
            return True
        element, parent = refusal.element, refusal.element.getparent()
        if refusal.kind in {"unknown", "repeated", "too-many"} and parent is not None:
            element = parent
        only_attributes = refusal.kind == "attribute" and parent is None
        if (key := (element, only_attributes)) not in asked:
            asked[key] = _is_refused_by_xmlschema(schema, element, only_attributes=only_attributes)
        return asked[key]

    return [refusal for refusal in refusals if is_confirmed(refusal)]


def _is_refused_by_xmlschema(schema: _Schema, element: etree._Element, *, only_attributes: bool) -> bool:
    """True if xmlschema refuses an element: its value, attributes or assertions, or which children it has.

    ``only_attributes`` leaves out the children, which are valid, and many.
    """
    declared = _declaration(str(schema.path), _declared_path(element))
    if declared is None:  # not an element of the schema
        return True
    copy = etree.Element(element.tag, dict(element.attrib)) if only_attributes else _for_xmlschema(element)[0]
    errors = declared.iter_errors(copy)  # type: ignore[arg-type]
    return any(error.elem is None or error.elem is copy for error in errors)  # type: ignore[comparison-overlap]


def _for_xmlschema(element: etree._Element) -> tuple[etree._Element, dict[etree._Element, etree._Element]]:
    """Return a copy of an element for xmlschema, and for each element of the copy its original.

    xmlschema reads text only up to a comment, so the copy has no comments. It names no schema either.
    """
    copy, originals = _copy(element)
    etree.strip_elements(copy, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    etree.strip_attributes(copy, f"{_XSI}schemaLocation", f"{_XSI}noNamespaceSchemaLocation")
    return copy, originals


def _declared_path(element: etree._Element) -> str:
    """Return the path of an element without positions, by which its declaration is found."""
    return "/" + "/".join(str(each.tag) for each in (*reversed(list(element.iterancestors())), element))


@functools.cache
def _declaration(schema_path: str, path: str) -> xmlschema.XsdElement | None:
    from xmlschema import XsdElement

    declared = _xsd11(schema_path).find(path)
    return declared if isinstance(declared, XsdElement) else None


@functools.cache
def _xsd11(path: str) -> xmlschema.XMLSchema11:
    """Return the XSD 1.1 processor. Its import alone takes longer than validating ten thousand orders with lxml."""
    import xmlschema

    return xmlschema.XMLSchema11(path, allow="local", defuse="always")


def _plain_refusals(schema: _Schema, root: etree._Element) -> list[_Refusal]:
    """Return the refusals of ``orders.xsd``, without unknown attributes of Orders."""
    return [
        refusal
        for refusal in _refusals(schema, root)
        if not (refusal.kind == "attribute" and refusal.element is root and _is_unknown(schema, refusal))
    ]


def _is_unknown(schema: _Schema, refusal: _Refusal) -> bool:
    return not refusal.name.startswith("{") and schema.attribute_type(refusal.element, refusal.name) is None


def _beyond(refused: Iterable[_Refusal], plain: Iterable[_Refusal]) -> list[_Refusal]:
    """Return the refusals that don't follow from one in ``plain``."""
    known = set(plain)
    elements = {refusal.element for refusal in known if refusal.kind not in {"missing", "attribute"}}
    with_unknown_children = {refusal.element.getparent() for refusal in known if refusal.kind == "unknown"}
    unjudged = {(element.getparent(), element.tag) for element in elements}
    unjudged |= {(refusal.element, refusal.name) for refusal in known if refusal.kind == "missing"}
    names = {assertion.test: assertion.names for assertion in _schema("orders-strict.xsd").assertions}

    def follows(refusal: _Refusal) -> bool:
        if refusal.kind == "assertion":
            return any((refusal.element, name) in unjudged for name in names[refusal.name])
        if refusal.kind in {"missing", "attribute"}:
            return refusal in known
        return refusal.element in elements or (refusal.kind == "value" and refusal.element in with_unknown_children)

    return [refusal for refusal in refused if not follows(refusal)]


def _copy(root: etree._Element) -> tuple[etree._Element, dict[etree._Element, etree._Element]]:
    """Return a copy of an element, and for each element of the copy its original."""
    copy = deepcopy(root)
    copy.tail = None
    return copy, dict(zip(copy.iter("*"), root.iter("*"), strict=True))


def _take_out(element: etree._Element) -> None:
    """Remove an element, but keep the text after it."""
    parent, previous, tail = element.getparent(), element.getprevious(), element.tail
    if parent is None:
        return
    parent.remove(element)
    if tail and previous is not None:
        previous.tail = (previous.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail


# -- Violations in words


def _in_document_order(schema: _Schema, root: etree._Element, refusals: list[_Refusal]) -> tuple[Violation, ...]:
    """Return the refusals as violations, in document order."""
    if not refusals:
        return ()
    places = {element: place for place, element in enumerate(root.iter("*"))}
    if len(refusals) > MAX_VIOLATIONS:
        refusals = sorted(refusals, key=lambda refusal: places.get(refusal.element, 0))[:MAX_VIOLATIONS]
    found = []
    for refusal in refusals:
        explanation = _EXPLANATIONS[refusal.kind](schema, refusal)
        element = refusal.element if explanation.element is None else explanation.element
        found.append((places.get(element, 0), _violation(schema, element, explanation)))
    return tuple(violation for _, violation in sorted(found, key=lambda each: each[0]))


class _Explanation(NamedTuple):
    """A refusal in words. A field that is None is taken from the refused element."""

    code: str
    words: str
    element: etree._Element | None = None
    tag: str | None = None
    value: str | None = None
    suffix: str = ""
    """The part of the XPath after the element: the attribute."""


def _violation(schema: _Schema, element: etree._Element, explanation: _Explanation) -> Violation:
    value = _text(element) if explanation.value is None else explanation.value
    return Violation(
        xpath=_path(schema, element) + explanation.suffix,
        element=explanation.tag or _name(element),
        value=value if len(value) <= MAX_SHOWN_CHARS else value[: MAX_SHOWN_CHARS - 1] + "…",
        rule=explanation.words,
        code=explanation.code,
    )


def _parent_name(schema: _Schema, element: etree._Element) -> str:
    parent = element.getparent()
    return schema.root if parent is None else _name(parent)


def _explain_value(schema: _Schema, refusal: _Refusal) -> _Explanation:
    rule = schema.broken_rule(schema.type_of(refusal.element), _text(refusal.element))
    return _Explanation(rule.code, rule.words)


def _explain_attribute(schema: _Schema, refusal: _Refusal) -> _Explanation:
    element, name = refusal.element, refusal.name
    type_name, value = schema.attribute_type(element, name), element.get(name, "")
    code, words = "unknown-attribute", f"no such attribute in {_name(element)}"
    if type_name:
        rule = schema.broken_rule(type_name, value)
        code, words = rule.code, rule.words
    return _Explanation(code, words, value=value, suffix=f"/@{etree.QName(name).localname}")


def _explain_assertion(schema: _Schema, refusal: _Refusal) -> _Explanation:
    assertion = next(each for each in schema.assertions if each.test == refusal.name)
    child = next(refusal.element.iterchildren(assertion.child), None)
    return _Explanation(assertion.code, assertion.words, element=child, tag=assertion.child)


def _explain_missing(schema: _Schema, refusal: _Refusal) -> _Explanation:
    return _Explanation("missing-element", f"required in {_name(refusal.element)}", tag=refusal.name, value="")


def _explain_repeated(schema: _Schema, refusal: _Refusal) -> _Explanation:
    return _Explanation("repeated-element", f"at most once in {_parent_name(schema, refusal.element)}")


def _explain_too_many(schema: _Schema, refusal: _Refusal) -> _Explanation:
    element = refusal.element
    parent = element.getparent()
    most = 1 if parent is None else schema.children[schema.type_of(parent) or ""][str(element.tag)].most
    return _Explanation("too-many-elements", f"at most {most} in {_parent_name(schema, element)}")


def _explain_unknown(schema: _Schema, refusal: _Refusal) -> _Explanation:
    element = refusal.element
    parent = element.getparent()
    above = _parent_name(schema, element)
    holds_text = parent is not None and schema.rules.get(schema.type_of(parent) or "")
    words = f"not allowed: {above} holds text only" if holds_text else f"not an element of {above}"
    return _Explanation("unknown-element", words)


def _explain_stray_text(schema: _Schema, refusal: _Refusal) -> _Explanation:
    value = " ".join("".join(_own_text(refusal.element)).split())
    return _Explanation("stray-text", "elements only, and no text between them", value=value)


def _explain_root(schema: _Schema, refusal: _Refusal) -> _Explanation:
    return _Explanation("wrong-root", f"the document's root is {schema.root}, in no namespace", value="")


def _explain_entity(schema: _Schema, refusal: _Refusal) -> _Explanation:
    return _Explanation("entity-reference", "text without references to entities that the document declares")


_EXPLANATIONS: dict[RefusalKind, Callable[[_Schema, _Refusal], _Explanation]] = {
    "value": _explain_value,
    "attribute": _explain_attribute,
    "assertion": _explain_assertion,
    "missing": _explain_missing,
    "repeated": _explain_repeated,
    "too-many": _explain_too_many,
    "unknown": _explain_unknown,
    "content": _explain_unknown,
    "stray-text": _explain_stray_text,
    "root": _explain_root,
    "entity": _explain_entity,
}


_TEXT = etree.XPath("string()")


def _text(element: etree._Element) -> str:
    """Return the text of an element without its comments; empty if the element has children."""
    return str(_TEXT(element)) if next(element.iterchildren("*"), None) is None else ""


def _own_text(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    yield from (child.tail or "" for child in element)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _path(schema: _Schema, element: etree._Element) -> str:
    """Return the XPath of an element, with the position of each element that can repeat, or does."""
    tag = str(element.tag)
    step = tag if not tag.startswith("{") else f"*[local-name()='{_name(element)}']"
    parent = element.getparent()
    if parent is None:
        return f"/{step}"
    before = sum(1 for _ in element.itersiblings(tag, preceding=True))
    if before or tag in schema.repeating or next(element.itersiblings(tag), None) is not None:
        step += f"[{before + 1}]"
    return f"{_path(schema, parent)}/{step}"


# -- Which facet a refused value breaks

_LEXICAL = {
    "xs:boolean": "true|false|1|0",
    "xs:decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    "xs:int": "[+-]?[0-9]+",
    "xs:short": "[+-]?[0-9]+",
}


def _holds(facets: Mapping[str, tuple[str, ...]], value: str) -> bool:
    """True if a value meets these facets. This only finds which facet a refused value breaks."""
    return all(any(_facet_holds(name, limit, value) for limit in limits) for name, limits in facets.items())


def _facet_holds(name: str, limit: str, value: str) -> bool:
    number = value.strip()
    whole, _, fraction = number.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    tests: dict[str, Callable[[], bool]] = {
        "base": lambda: limit not in _LEXICAL or bool(re.fullmatch(_LEXICAL[limit], number)),
        "pattern": lambda: bool(re.fullmatch(limit, value)),
        "enumeration": lambda: value == limit,
        "length": lambda: len(value) == int(limit),
        "minLength": lambda: len(value) >= int(limit),
        "maxLength": lambda: len(value) <= int(limit),
        "fractionDigits": lambda: len(fraction) <= int(limit),
        "totalDigits": lambda: len(whole + fraction) <= int(limit),
        "minInclusive": lambda: Decimal(number) >= Decimal(limit),
        "maxInclusive": lambda: Decimal(number) <= Decimal(limit),
    }
    return tests[name]()
