// Torch's random numbers on the CPU: the Mersenne Twister mt19937, and what is drawn with it.

const SIZE = 624;
const SHIFT = 397;
const TWIST = 0x9908b0df;

/** `torch.Generator().manual_seed(seed)`. */
export class Twister {
  constructor(seed) {
    this.state = new Uint32Array(SIZE);
    this.at = SIZE;
    this.state[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let i = 1; i < SIZE; i++) {
      const before = this.state[i - 1];
      this.state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  /** The next 32 bits, as a number from 0 to 2^32 - 1. */
  next() {
    if (this.at === SIZE) this.#twist();
    let word = this.state[this.at++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist() {
    const { state } = this;
    for (let i = 0; i < SIZE; i++) {
      const word = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE] ^ (word >>> 1) ^ (word & 1 ? TWIST : 0);
    }
    this.at = 0;
  }

  /** `torch.randperm(count, generator=...)`: whatever is still left may come next. */
  permutation(count) {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = 0; i < count - 1; i++) {
      const other = i + (this.next() % (count - i));
      const kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
    return order;
  }

  /**
   * `uniform_(low, high)` of a tensor in single precision: 24 bits of each word. Torch multiplies
   * and adds in one, which double precision does as well.
   */
  uniform(count, low, high) {
    const [from, to] = [Math.fround(low), Math.fround(high)];
    const draw = () => Math.fround((this.next() & 0xffffff) * 2 ** -24 * (to - from) + from);
    return Float64Array.from({ length: count }, draw);
  }
}
