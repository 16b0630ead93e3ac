/** Character references of HTML as the characters that they stand for. */

const named: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", shy: "", ensp: " ", emsp: " ", thinsp: " " },
  ...{ copy: "©", reg: "®", trade: "™", hellip: "…", mdash: "—", ndash: "–", lsquo: "‘", rsquo: "’", sbquo: "‚" },
  ...{ ldquo: "“", rdquo: "”", bdquo: "„", laquo: "«", raquo: "»", lsaquo: "‹", rsaquo: "›", bull: "•" },
  ...{ middot: "·", times: "×", divide: "÷", plusmn: "±", minus: "−", deg: "°", sect: "§", para: "¶", micro: "µ" },
  ...{ euro: "€", pound: "£", yen: "¥", cent: "¢", larr: "←", rarr: "→", uarr: "↑", darr: "↓", harr: "↔" },
  ...{ check: "✓", cross: "✗", infin: "∞", ne: "≠", le: "≤", ge: "≥", asymp: "≈", frac12: "½", frac14: "¼" },
  ...{ auml: "ä", ouml: "ö", uuml: "ü", Auml: "Ä", Ouml: "Ö", Uuml: "Ü", szlig: "ß", eacute: "é", egrave: "è" },
  ...{ agrave: "à", ccedil: "ç", ecirc: "ê", ntilde: "ñ", aring: "å", oslash: "ø", aelig: "æ", lbrack: "[" },
  ...{ rbrack: "]", lcub: "{", rcub: "}", num: "#", lpar: "(", rpar: ")", colon: ":", sol: "/", zwnj: "", zwj: "" }
}

const character = (code: number): string =>
  (code > 31 || code === 9 || code === 10) && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
    ? String.fromCodePoint(code)
    : "\ufffd"

/** The text with its references replaced; what is none that is known stays as it is. */
export const decodeEntities = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-zA-Z]\w{1,9}));?/g, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return character(Number(decimal))
    if (hex !== undefined) return character(Number.parseInt(hex, 16))
    return Object.hasOwn(named, name) ? (named[name] ?? whole) : whole
  })
