/** Where the reader is, as the address says it after `#`: pseudonyms stand there, never names. */

export type Place =
  | { view: "server" }
  | { view: "list" }
  | { view: "who" }
  | { view: "enrol"; person: string | null }
  | { view: "person"; person: string };

/** The place of an address's hash; null where it names none, as that of a link within the page. */
export function placeOf(hash: string): Place | null {
  const parts = hash.replace(/^#/, "").split("/");
  if (parts.length === 1 && parts[0] === "") return { view: "server" };
  if (parts[0] !== "people" || parts.length > 3) return null;
  const [, what, person] = parts;
  if (what === undefined) return { view: "list" };
  if (person === undefined) return what === "who" ? { view: "who" } : what === "new" ? { view: "enrol", person: null } : null;
  if (!/^[\w-]+$/.test(person)) return null;
  return what === "person" ? { view: "person", person } : what === "add" ? { view: "enrol", person } : null;
}

/** The hash of a place. */
export function hashOf(place: Place): string {
  switch (place.view) {
    case "server":
      return "#";
    case "list":
      return "#people";
    case "who":
      return "#people/who";
    case "enrol":
      return place.person === null ? "#people/new" : `#people/add/${place.person}`;
    case "person":
      return `#people/person/${place.person}`;
  }
}
