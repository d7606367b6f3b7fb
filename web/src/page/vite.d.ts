/** What Vite tells the page about its build. */
interface ImportMeta {
  readonly env: { readonly PROD: boolean };
}
