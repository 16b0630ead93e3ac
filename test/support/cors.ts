/** Headers with which a page of another origin may read what the fake provider answers. */
export const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-methods": "*"
} as const
