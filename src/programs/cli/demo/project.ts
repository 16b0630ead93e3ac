/** The demo's sample project: a small module with a mistake, and the test that shows it. */

/** Files by path. */
export const project: Readonly<Record<string, string>> = {
  "package.json": `{
  "name": "basket",
  "version": "1.0.0",
  "type": "module",
  "scripts": { "test": "node --test" }
}
`,
  "README.md": `# basket

Totals of a shopping basket, in cents.
`,
  "src/total.js": `/** The total of a basket in cents: each price times its quantity, then the discount in per cent. */
export function total(items, discount = 0) {
  const sum = items.reduce((all, item) => all + item.price, 0)
  return Math.round(sum * (1 - discount))
}
`,
  "test/total.test.js": `import assert from "node:assert/strict"
import { test } from "node:test"
import { total } from "../src/total.js"

test("counts every piece", () => {
  assert.equal(total([{ price: 250, quantity: 2 }, { price: 99, quantity: 1 }]), 599)
})

test("takes a discount in per cent", () => {
  assert.equal(total([{ price: 1000, quantity: 1 }], 15), 850)
})
`
}

/** The command that checks the project. */
export const check = "node --test"
