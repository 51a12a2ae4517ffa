// Speaks JSON with the console behind this page.

async function answered(promise) {
  const response = await promise;
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

export const read = (path, signal) => answered(fetch(path, { signal, credentials: "same-origin" }));

export const act = (what, body) =>
  answered(fetch(`/console/${what}`, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }));
