import assert from "node:assert/strict";
import { test } from "node:test";
import {
  brief,
  fill,
  float,
  general,
  kind,
  parse,
  repr,
  shown,
  wrapped,
} from "../../onecycle_widgets/frontend/text.js";

test("a float is written as Python's repr writes it", () => {
  for (const [x, text] of [
    [0, "0.0"],
    [-3, "-3.0"],
    [0.1, "0.1"],
    [1e-4, "0.0001"],
    [9.9999e-5, "9.9999e-05"],
    [1e15, "1000000000000000.0"],
    [1e16, "1e+16"],
    [1.5e300, "1.5e+300"],
    [-2.5e-7, "-2.5e-07"],
  ]) {
    assert.equal(float(x), text);
  }
});

test("a value is written as Python's repr writes it", () => {
  for (const [value, text] of [
    [null, "None"],
    [undefined, "None"],
    [true, "True"],
    [false, "False"],
    [3, "3"],
    [0.5, "0.5"],
    [1e22, "1e+22"],
    [[1, "a", [false]], "[1, 'a', [False]]"],
    ["it's", `"it's"`],
    ['say "no"', `'say "no"'`],
    [`it's "no"`, `'it\\'s "no"'`],
    ["a\\b\n\r\t", "'a\\\\b\\n\\r\\t'"],
    ["\0\x1f\x7f\xa0\xad", "'\\x00\\x1f\\x7f\\xa0\\xad'"],
    ["a b é ∑ 😀", "'a b é ∑ 😀'"],
    ["\u200b\u2028\u{e0001}", "'\\u200b\\u2028\\U000e0001'"],
  ]) {
    assert.equal(repr(value), text);
  }
});

test("a JSON value has the kind that Python would give it", () => {
  for (const [value, name] of [
    [null, "NoneType"],
    [[], "list"],
    [true, "bool"],
    ["1", "str"],
    [1, "int"],
    [1.5, "float"],
    [1e21, "float"],
  ]) {
    assert.equal(kind(value), name);
  }
});

test("numbers are rounded to significant digits, as format(x, '.3g') does", () => {
  for (const [x, digits, text] of [
    [0, 3, "0"],
    [0.1, 3, "0.1"],
    [1234567, 3, "1.23e+06"],
    [1000, 4, "1000"],
    [0.00012345, 3, "0.000123"],
    [0.000012345, 3, "1.23e-05"],
    [-9.999, 3, "-10"],
    [999.9, 3, "1e+03"],
    [2.5, 1, "2"], // exactly half-way: to the even digit
    [3.5, 1, "4"],
    [-0.125, 2, "-0.12"],
    [0.15, 1, "0.1"], // the double lies a little below
    [100, 6, "100"],
  ]) {
    assert.equal(general(x, digits), text, `${x} to ${digits}`);
  }
});

test("a message is filled with values as they are, or rounded", () => {
  const message = "{name} must be {allowed}, got {value!r}; try {p:.3g}";
  const values = { name: "max_lr", allowed: "positive", value: "'x'", p: 0.123456 };
  assert.equal(fill(message, values), "max_lr must be positive, got 'x'; try 0.123");
  assert.equal(fill("no placeholder", {}), "no placeholder");
});

test("what is typed is a number, a list where that may be, or the text itself", () => {
  for (const [text, value] of [
    [" 0.25 ", 0.25],
    ["1e-3", 0.001],
    [".5", 0.5],
    ["+5.", 5],
    ["abc", "abc"],
    ["", ""],
    ["1e999", "1e999"],
    ["0x10", "0x10"],
    ["Infinity", "Infinity"],
    ["0.1, 0.2", "0.1, 0.2"],
  ]) {
    assert.deepEqual(parse(text), value);
  }
  for (const [text, value] of [
    ["0.1, 0.02", [0.1, 0.02]],
    ["[0.1,0.02,]", [0.1, 0.02]],
    ["[0.1]", [0.1]],
    ["[]", []],
    ["0.1, x", [0.1, "x"]],
    ["0.3", 0.3],
    ["1, 5", [1, 5]],
    ["[1,5]", [1, 5]],
  ]) {
    assert.deepEqual(parse(text, { listed: true }), value);
  }
});

test("what can be read in two ways stays the text it is", () => {
  for (const text of ["1,5", "0,1", "10,000", "0,1, 0,2", "0.1, 1,5"]) {
    assert.equal(parse(text, { listed: true }), text);
  }
  for (const text of ["10.000", "1.000.000", "25.000"]) {
    assert.equal(parse(text, { grouped: true }), text);
  }
  assert.equal(parse("12.345", { grouped: true }), 12.345);
  assert.equal(parse("0.000", { grouped: true }), 0);
  assert.equal(parse("1.000"), 1);
});

test("what a field shows is read back as the same value", () => {
  for (const value of [0.1, 1e-7, 12, [0.1, 0.02], [1, 2, 3], "abc"]) {
    assert.deepEqual(parse(shown(value), { listed: true }), value);
  }
});

test("a name is broken between words, and only where it must be", () => {
  assert.deepEqual(wrapped("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapped("one two three", 13), ["one two three"]);
  assert.deepEqual(wrapped("unbreakable one", 5), ["unbreakable", "one"]);
});

test("a message shows a hundred letters of a value at most", () => {
  assert.equal(brief([0.1, 0.2]), "[0.1, 0.2]");
  assert.equal(brief("x".repeat(98)), `'${"x".repeat(98)}'`);
  assert.equal(brief("x".repeat(99)), `'${"x".repeat(96)}...`);
});
