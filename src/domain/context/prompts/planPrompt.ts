/** What plan mode adds. */
export const planPrompt =
  "You are in plan mode: you can only read. Explore, then answer with a plan: numbered steps, each with the files it touches and how it is checked."
