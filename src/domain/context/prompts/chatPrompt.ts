/** What chat mode adds. */
export const chatPrompt = "You are in chat mode: answer questions; change nothing unless asked to."
