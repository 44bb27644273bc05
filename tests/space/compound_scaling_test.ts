import { assert, assertEquals, assertThrows } from "@std/assert";
import { cost } from "naskit/cost/mod.ts";
import {
  compoundScaling,
  mobileNetwork,
  mobileSkeletons,
  scaleMobileSkeleton,
  spaceContract,
} from "naskit/space/mod.ts";

const skeleton = mobileSkeletons.efficientNetB0;

Deno.test("compound scaling keeps the contract of a space", async () => {
  await spaceContract(compoundScaling({ phis: [0, 0.5, 1, 2] }), { runs: 5 });
});

Deno.test("each network is the one of the mobile space with the scaled skeleton", () => {
  const space = compoundScaling();
  for (const { phi } of [...space.enumerate()].slice(0, 4)) {
    const scaled = scaleMobileSkeleton(skeleton, {
      depth: 1.2 ** phi,
      width: 1.1 ** phi,
      resolution: 1.15 ** phi,
    });
    const mobile = mobileNetwork({ skeleton: scaled });
    assertEquals(mobile.size, 1n);
    const [arch] = mobile.enumerate();
    assertEquals(space.lower({ phi }), mobile.lower(arch!));
  }
});

Deno.test("work grows by about alpha times the squares of beta and gamma", () => {
  const space = compoundScaling();
  const macs = [...space.enumerate()].map((arch) => cost(space.lower(arch)).macs);
  assertEquals(macs.length, 8);
  const perStep = (macs[7]! / macs[0]!) ** (1 / 7);
  assert(Math.abs(perStep - 1.2 * 1.1 ** 2 * 1.15 ** 2) < 0.05);
});

Deno.test("what cannot be scaled is refused", () => {
  assertThrows(
    () => compoundScaling({ skeleton: mobileSkeletons.small }),
    RangeError,
    "skeleton.stages[0].depths must have one option, got [1,2]",
  );
  assertThrows(() => compoundScaling({ alpha: 0 }), RangeError, "alpha must be a positive number");
  assertThrows(() => compoundScaling({ phis: [NaN] }), RangeError, "phis must be numbers, got NaN");
  const space = compoundScaling({ phis: [0, 1] });
  assertThrows(() => space.decode("phi 2"), SyntaxError, 'expected "phi " and one of 0, 1');
});
