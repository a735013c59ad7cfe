// The range test's run up the ladder: what range_test/run.py does with a model of ours.
import { Divergence } from "./divergence.js";
import { Abreast } from "./training.js";

const CLIMBING = 0.9; // momentum, or beta1: a range test has no cycle
const FACTOR = 2; // how many times the drop so far the loss may rise

/** Range tests of several seeds, one beside the other; nobody needs the models afterwards. */
export class Climb extends Abreast {
  constructor(machine, task, seeds, ladder) {
    super(machine, task, seeds, ladder.length);
    this.ladder = ladder;
    for (const member of this.members) {
      Object.assign(member, { watch: new Divergence(FACTOR), stop: null, ended: false });
    }
  }

  step(member) {
    const step = member.done;
    const lr = this.ladder[step];
    const loss = member.loss();
    // A loss that ends the run belongs to the curve, too.
    if (Number.isFinite(loss)) member.losses[step] = loss;
    const why = member.watch.verdict(loss);
    if (why) {
      // What a first loss is, no rate has caused: nothing diverged.
      member.stop = { why: step || Number.isFinite(loss) ? why : "first", loss, lr };
      member.done = this.steps;
      return;
    }
    member.optimizer.step(lr, CLIMBING);
    member.done++;
  }
}
