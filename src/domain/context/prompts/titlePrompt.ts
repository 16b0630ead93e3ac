/** What a model is told that names a session after its first turn. */
export const titlePrompt =
  "You name conversations. Answer with a title of at most eight words for the request below, in its language: no quotes, no full stop, nothing else."
