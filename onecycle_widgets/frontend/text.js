// Numbers and messages, written as Python writes them.

/** Python's repr of a float: JavaScript's digits, but an exponent below 1e-4 and from 1e16 on. */
export function float(x) {
  if (Number.isInteger(x) && Math.abs(x) < 1e16) return `${x}.0`;
  const [digits, power] = x.toExponential().split("e");
  if (power >= -4 && power < 16) return String(x);
  return `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

/** Python's repr of a value that came as JSON, where a whole number is an int. */
export function repr(value) {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (typeof value === "number") return kind(value) === "int" ? String(value) : float(value);
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const inside = quote === "'" ? "\\'" : "'";
  const known = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "'": inside };
  return quote + value.replace(HIDDEN, (c) => known[c] ?? coded(c)) + quote;
}

// What Python's repr does not show as it is: besides these two all that is not printable.
const HIDDEN = /[\\']|(?! )[\p{C}\p{Z}]/gu;

function coded(character) {
  const code = character.codePointAt(0);
  const [letter, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).padStart(digits, "0")}`;
}

const LONGEST = 100;

/** A value as a message shows it, shortened: checks.shown() once more. */
export function brief(value) {
  const letters = [...repr(value)];
  if (letters.length <= LONGEST) return letters.join("");
  return `${letters.slice(0, LONGEST - 3).join("")}...`;
}

/** Name of the Python type that a JSON value becomes. */
export function kind(value) {
  if (value === null || value === undefined) return "NoneType";
  if (Array.isArray(value)) return "list";
  if (typeof value !== "number") return typeof value === "boolean" ? "bool" : "str";
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? "int" : "float";
}

/** Python's format(x, ".<digits>g"): significant digits, ties to the even one, no zeros at the end. */
export function general(x, digits) {
  if (x === 0) return "0";
  const [mantissa, power] = rounded(x, digits).split("e");
  const trim = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power < -4 || power >= digits) {
    return `${trim(mantissa)}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  return trim(Number(`${mantissa}e${power}`).toFixed(Math.max(0, digits - 1 - power)));
}

/** toExponential, but a number exactly half-way goes to the even digit, as in Python. */
function rounded(x, digits) {
  const [exact, power] = Math.abs(x).toExponential(100).split("e");
  const all = exact.replace(".", "");
  const kept = all.slice(0, digits);
  const tie = /^50*$/.test(all.slice(digits)) && Number(kept.at(-1)) % 2 === 0;
  if (!tie) return x.toExponential(digits - 1);
  const point = digits > 1 ? "." : "";
  return `${x < 0 ? "-" : ""}${kept[0]}${point}${kept.slice(1)}e${power}`;
}

/** Fill a message of the Python tables: {name}, {name!r} as given, {name:.6g} rounded. */
export function fill(message, values) {
  return message.replace(/\{(\w+)(?:!r|:\.(\d+)g)?\}/g, (_, name, digits) =>
    digits ? general(values[name], Number(digits)) : values[name],
  );
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
// Commas between whole numbers, with no space: of decimals, of thousands, or between groups?
const COMMAS = /(^|[\s,])\d+,\d+(?=$|[\s,])/;
const POINTS = /^[1-9]\d{0,2}(\.000)+$/; // of decimals, or of thousands?

/**
 * What a person typed: a number, a list of them where that may be (`listed`), or the text itself;
 * so, too, where `grouped` numbers may be long and the text can be read in two ways.
 */
export function parse(text, { listed = false, grouped = false } = {}) {
  const plain = text.trim();
  if (grouped && POINTS.test(plain)) return plain;
  if (listed && /^\[.*\]$|,/.test(plain)) {
    if (COMMAS.test(plain)) return plain;
    const items = plain.replace(/^\[|\]$/g, "").split(",");
    return items.filter((item) => item.trim()).map((item) => parse(item));
  }
  return NUMBER.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : plain;
}

/** A value as the field shows it. */
export function shown(value) {
  return Array.isArray(value) ? value.map(String).join(", ") : String(value);
}

/** A name in lines of at most `room` letters. */
export function wrapped(name, room) {
  const lines = [];
  for (const word of name.split(" ")) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length && longer.length <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
