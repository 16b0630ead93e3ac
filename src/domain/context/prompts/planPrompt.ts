/** What plan mode adds. */
export const planPrompt =
  "You are in plan mode: you can only read. Explore; then propose the steps with the tool plan. Where nothing is to be done, or the tool is not there, answer in words: for a plan, numbered steps, each with the files it touches and how it is checked."
