/** What a model is told that sums up, before the conversation itself. */
export const summaryPrompt = "You sum up conversations between a person and a coding agent."

/** How it is asked. */
export const summaryAsk = (words: number): string =>
  `Sum up the conversation below in at most ${words} words for whoever goes on with it: what was wanted, what was done and found\n` +
  "(files, functions, commands, errors by name), what was decided and why, what is left. No greeting, no opinion."
