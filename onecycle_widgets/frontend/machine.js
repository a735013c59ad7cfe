// Where a training's numbers lie, and what computes with them: WebAssembly, or plain JavaScript.
import { plainArithmetic } from "./arithmetic.js";
import { STORED } from "./stored.js";

const FIRST = 1024; // bytes that stay empty: place 0 means "none"
const LINE = 64; // bytes of a cache's line
const PAGE_SIZE = 65536;

/** What Base64 says. */
export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** WebAssembly's functions and memory; null where a browser has it not, or no SIMD. */
function compiled() {
  try {
    const module = new WebAssembly.Module(bytesOf(STORED.arithmetic));
    return new WebAssembly.Instance(module).exports;
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return null;
    if (error instanceof EvalError) return null; // a Content-Security-Policy bars it
    throw error;
  }
}

/** Memory that is handed out piece by piece, and given back all at once. */
export class Machine {
  constructor({ plain = false } = {}) {
    const able = !plain && typeof WebAssembly === "object";
    this.exports = able ? compiled() : null;
    this.memory = new ArrayBuffer(0);
    this.reset(PAGE_SIZE);
  }

  /** Begin anew with room for so many bytes, all of them zero. */
  reset(bytes) {
    this.free = FIRST;
    if (this.exports) {
      const { memory } = this.exports;
      const missing = FIRST + bytes - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE_SIZE));
      this.memory = memory.buffer;
      this.run = this.exports;
    } else if (this.memory.byteLength < FIRST + bytes) {
      this.memory = new ArrayBuffer(Math.ceil((FIRST + bytes) / PAGE_SIZE) * PAGE_SIZE);
      this.run = plainArithmetic(this.memory);
    }
    new Uint8Array(this.memory, 0, FIRST + bytes).fill(0);
  }

  /** The place of so many doubles. */
  take(count) {
    const at = this.free;
    this.free += bytesFor(count);
    return at;
  }

  /** The doubles at a place. */
  doubles(at, count) {
    return new Float64Array(this.memory, at, count);
  }

  /** The 32-bit whole numbers at a place. */
  words(at, count) {
    return new Uint32Array(this.memory, at, count);
  }
}

/** Bytes that so many doubles take, in whole lines. */
export function bytesFor(count) {
  return Math.ceil((8 * count) / LINE) * LINE;
}
