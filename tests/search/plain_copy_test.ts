import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { plainCopy } from "../../lib/search/plain_copy.ts";

Deno.test("plainCopy() gives what JSON gives, for anything that JSON takes", () => {
  const odd = fc.anything({ withDate: true, withMap: true, withNullPrototype: true });
  fc.assert(fc.property(fc.oneof(fc.dictionary(fc.string(), odd), fc.array(odd)), (value) => {
    let expected: unknown;
    try {
      expected = JSON.parse(JSON.stringify(value));
    } catch {
      assertThrows(() => plainCopy(value));
      return;
    }
    const copy = plainCopy(value);
    assertEquals(copy, expected as typeof value);
    assertEquals(JSON.stringify(copy), JSON.stringify(value));
  }));
});

Deno.test("plainCopy() drops the sign of -0, what is undefined and the holes of an array", () => {
  const given = { zero: -0, gone: undefined, list: [1, , undefined], nan: NaN };
  const copy = plainCopy(given);
  assert(Object.is(copy.zero, 0));
  assertEquals(Object.keys(copy), ["zero", "list", "nan"]);
  assertEquals(JSON.stringify(copy), '{"zero":0,"list":[1,null,null],"nan":null}');
});

Deno.test("plainCopy() shares nothing with what it copies, and finishes every part", () => {
  const given = { a: [{ b: 1 }], __proto__: null };
  const copy = plainCopy(given, Object.freeze);
  assert(Object.isFrozen(copy) && Object.isFrozen(copy.a) && Object.isFrozen(copy.a[0]));
  given.a[0]!.b = 2;
  assertEquals(copy.a[0]!.b, 1);
  const named = JSON.parse('{"__proto__":{"x":1}}');
  assertEquals(Object.getOwnPropertyNames(plainCopy(named)), ["__proto__"]);
});
