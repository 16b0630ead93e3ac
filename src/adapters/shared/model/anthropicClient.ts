/** What of Anthropic's SDK sends a request: without its resources, which a bundler then leaves out. */

export { BaseAnthropic } from "@anthropic-ai/sdk/client"
