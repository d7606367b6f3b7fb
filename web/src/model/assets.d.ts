/** Vite gives the address under which it ships a file. */
declare module "*.wasm?url" {
  const address: string;
  export default address;
}
