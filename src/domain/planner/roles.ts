/** Who does a step: see the roles of the context room, which turns know as modes. */
export { presets, type Role } from "../context/role.ts"
