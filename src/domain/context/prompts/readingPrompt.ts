/** What a role adds that changes no files. */
export const readingPrompt = "You can only read: files are not changed, and commands that write are refused."
