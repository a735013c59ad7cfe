import assert from "node:assert/strict";
import { test } from "node:test";
import { Memory } from "../../onecycle_widgets/frontend/memory.js";

test("each change can be undone and made again, in turn", () => {
  const memory = new Memory("a");
  memory.note("b");
  memory.note("c");
  assert.deepEqual([memory.undo(), memory.undo(), memory.undo()], ["b", "a", null]);
  assert.deepEqual([memory.redo(), memory.redo(), memory.redo()], ["b", "c", null]);
});

test("what one control does without a pause is one change", () => {
  const memory = new Memory("a");
  memory.note("b", "pct_start", 100);
  memory.note("c", "pct_start", 900);
  memory.note("d", "pct_start", 2500);
  memory.note("e", "max_lr", 2600);
  assert.deepEqual([memory.undo(), memory.undo(), memory.undo()], ["d", "c", "a"]);
});

test("a change that is closed takes nothing more in, and nobody's changes stand alone", () => {
  const memory = new Memory("a");
  memory.note("b", "peak", 0);
  memory.close();
  memory.note("c", "peak", 10);
  memory.note("d", null, 20);
  memory.note("e", null, 30);
  assert.equal(memory.past.length, 4);
});

test("a new change after an undo has no future, and the same state again is no change", () => {
  const memory = new Memory("a");
  memory.note("b");
  memory.undo();
  memory.note("a");
  assert.equal(memory.redo(), "b");
  memory.undo();
  memory.note("c");
  assert.equal(memory.redo(), null);
  assert.equal(memory.undo(), "a");
});

test("two hundred changes are kept", () => {
  const memory = new Memory("start");
  for (let i = 0; i < 300; i++) memory.note(String(i));
  assert.equal(memory.past.length, 200);
  assert.equal(memory.past[0], "99");
});
