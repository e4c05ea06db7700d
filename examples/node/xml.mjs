// Reads and writes the little XML of this shop: elements and text. Node has no XML parser of its own; a shop that may
// use packages takes one that checks well-formedness, like saxes. (fast-xml-parser by itself accepts broken XML, and
// takes the text 0012 for the number 12 unless it is told otherwise.)

// A document that can't be read; the message is a sentence for the client.
export class XmlFault extends Error {}

const NAME = "[A-Za-z_:\\u0080-\\uffff][\\w:.\\u0080-\\uffff-]*";
const ATTRIBUTE = `\\s+${NAME}\\s*=\\s*(?:"[^<"]*"|'[^<']*')`;
const TOKEN = new RegExp(
  [
    "(?<skipped><!--(?:(?!--)[^])*-->|<\\?(?!xml\\s)[^]*?\\?>)",
    "<!\\[CDATA\\[(?<cdata>[^]*?)\\]\\]>",
    `</(?<closed>${NAME})\\s*>`,
    `<(?<opened>${NAME})(?<attributes>(?:${ATTRIBUTE})*)\\s*(?<empty>/?)>`,
    "(?<text>[^<]+)",
  ].join("|"),
  "uy",
);
const REFERENCES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

// Return the root element of a document: {name, text, children}.
export function parseXml(bytes, maxDepth) {
  let text;
  try {
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new XmlFault("the body is not text in UTF-8");
  }
  if (text.includes("<!DOCTYPE")) throw new XmlFault("a document type is not allowed");
  if (FORBIDDEN.test(text)) throw new XmlFault("the body is not well-formed XML");
  const document = { name: "", text: "", children: [] };
  const open = [document];
  TOKEN.lastIndex = /^<\?xml\s[^?]*\?>/.exec(text)?.[0].length ?? 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text)?.groups;
    if (!found) throw new XmlFault("the body is not well-formed XML");
    const inner = open.at(-1);
    if (found.opened) {
      const names = [...found.attributes.matchAll(new RegExp(`(${NAME})\\s*=\\s*("[^"]*"|'[^']*')`, "gu"))];
      names.forEach(([, , value]) => resolved(value));
      if (new Set(names.map(([, name]) => name)).size < names.length) throw new XmlFault("the body is not well-formed XML");
      const child = { name: found.opened, text: "", children: [] };
      inner.children.push(child);
      if (!found.empty) open.push(child);
      if (open.length > maxDepth) throw new XmlFault("the XML is nested too deeply");
    } else if (found.closed) {
      if (open.length < 2 || open.pop().name !== found.closed) throw new XmlFault("the body is not well-formed XML");
    } else if (found.text?.includes("]]>")) {
      throw new XmlFault("the body is not well-formed XML");
    } else {
      inner.text += found.cdata ?? (found.text === undefined ? "" : resolved(found.text));
    }
  }
  if (open.length !== 1 || document.children.length !== 1 || document.text.trim()) {
    throw new XmlFault("the body is not well-formed XML");
  }
  return document.children[0];
}

// Return the text with its references resolved; only the five of XML and numbers are known.
function resolved(text) {
  return text.replace(/&(?:(#x[\da-fA-F]+|#\d+)|(\w+))?(;?)/gu, (whole, number, name, end) => {
    const code = number && Number(number.replace("#x", "0x").replace("#", ""));
    const character = number ? (code <= 0x10ffff ? String.fromCodePoint(code) : undefined) : REFERENCES[name];
    if (!end || character === undefined || FORBIDDEN.test(character)) throw new XmlFault("the body is not well-formed XML");
    return character;
  });
}

// Return the text of the first child with this name, or an empty text.
export const childText = ({ children }, name) => children.find((child) => child.name === name)?.text ?? "";

// Return the text as it stands between tags. \r would be read as \n.
export const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
