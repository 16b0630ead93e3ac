/** What the demo's scripted model says and does. Only the words are made up: every call runs a real tool. */
import { check } from "./project.ts"

/** The task, as a person would put it. */
export const prompt = "The tests fail. Find out why, mend the code, and show that they pass."

/** The answers, one a request; file names are absolute, as the tools want them. */
export const script = (root: string) => ({
  turns: [
    {
      text: "I look at the project first.",
      calls: [
        { name: "ls", input: { path: root } },
        { name: "read", input: { file_path: `${root}/test/total.test.js` } },
        { name: "read", input: { file_path: `${root}/src/total.js` } }
      ]
    },
    {
      text: "The quantity is not used, and the discount is taken as a fraction instead of per cent.",
      calls: [
        {
          name: "multiedit",
          input: {
            file_path: `${root}/src/total.js`,
            edits: [
              { old_string: "all + item.price, 0)", new_string: "all + item.price * item.quantity, 0)" },
              { old_string: "(1 - discount))", new_string: "(1 - discount / 100))" }
            ]
          }
        }
      ]
    },
    {
      text: "Now the project's own check.",
      calls: [{ name: "bash", input: { command: check, description: "run the tests" } }]
    },
    {
      text: "Both tests pass now. `total` in src/total.js left out the quantity and took the discount as a fraction; it multiplies by the quantity and divides the discount by 100."
    }
  ]
})
