/** What every request to Copilot carries beside its token. */

/** As an editor says it: Copilot answers to nobody else. */
export const copilotHeaders: Readonly<Record<string, string>> = {
  "copilot-integration-id": "vscode-chat",
  "editor-version": "vscode/1.105.1",
  "editor-plugin-version": "copilot-chat/0.32.4",
  "user-agent": "GitHubCopilotChat/0.32.4"
}
