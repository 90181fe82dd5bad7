/** Devices per page of the list. */
export const PAGE_SIZE = 50;

/** The longest search text that is sent; a longer one is cut, so that the URL stays short. */
const MAX_SEARCH = 200;

/**
 * The inventory query for a search text: devices whose name or serial number contains it,
 * by name. `*` typed by the person is the platform's wildcard and then nothing is added.
 * A quote inside a quoted value is doubled (the query language of OData).
 */
export function deviceQuery(search: string): string {
  const wanted = clean(search);
  if (wanted === "") return "$filter=has(c8y_IsDevice) $orderby=name asc";
  const pattern = wanted.includes("*") ? wanted : `*${wanted}*`;
  const value = `'${pattern.replaceAll("'", "''")}'`;
  const match = `(name eq ${value} or c8y_Hardware.serialNumber eq ${value})`;
  return `$filter=has(c8y_IsDevice) and ${match} $orderby=name asc`;
}

/** The path of one page of the device list; page counts from 1. */
export function devicesPath(search: string, page: number): string {
  const parameters = new URLSearchParams({
    query: deviceQuery(search),
    pageSize: String(PAGE_SIZE),
    currentPage: String(page),
    withTotalPages: "true",
  });
  return `/inventory/managedObjects?${parameters.toString()}`;
}

function clean(search: string): string {
  // Control characters cannot be in a name and break the query on some platforms.
  return search
    .replace(/\p{Cc}+/gu, " ")
    .trim()
    .slice(0, MAX_SEARCH);
}
