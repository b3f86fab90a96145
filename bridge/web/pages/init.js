// Starts Swagger UI on the document that the page names. Its own file, because the page allows no inline script.
"use strict";

const GROUP_MAX = 60;

// The words of an operation's name: "shop.GetOrderList" gives Get, Order, List.
function words(operationId) {
  const name = operationId.slice(operationId.indexOf(".") + 1);
  return name.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+|\d+/gu) || [name];
}

// One list of 1,500 operations takes a browser minutes to draw: large contracts are grouped by their first word, and
// large groups by one word more.
function group(operations, depth) {
  const groups = new Map();
  for (const one of operations) {
    const name = one.words.slice(0, depth).join(" ");
    groups.set(name, [...(groups.get(name) || []), one]);
  }
  for (const [name, members] of groups) {
    if (members.length > GROUP_MAX && depth < 3) group(members, depth + 1);
    else for (const one of members) one.operation.tags = [name];
  }
}

function grouped(spec) {
  const operations = Object.values(spec.paths || {})
    .flatMap((path) => Object.values(path))
    .filter((operation) => operation.operationId)
    .map((operation) => ({ operation, words: words(operation.operationId) }));
  if (operations.length <= GROUP_MAX) return spec;
  group(operations, 1);
  const names = new Set(operations.map((one) => one.operation.tags[0]));
  spec.tags = [...names].sort().map((name) => ({ name }));
  return spec;
}

async function start(place) {
  const answer = await fetch(place.dataset.url, { headers: { Accept: "application/json" } });
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.detail || document.title || `HTTP ${answer.status}`);
  window.ui = SwaggerUIBundle({
    domNode: place,
    // Parsed and handed over, because Swagger UI itself reads a document as YAML, which takes many times as long.
    spec: grouped(document),
    deepLinking: true,
    // Nothing is drawn before someone opens it.
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    defaultModelExpandDepth: 3,
    filter: true,
    displayRequestDuration: true,
    tryItOutEnabled: false,
    // The badge would ask a foreign server.
    validatorUrl: null,
  });
}

const place = document.getElementById("swagger-ui");
start(place).catch((error) => {
  place.className = "failed";
  place.textContent = `The description of this system cannot be shown: ${error.message}`;
});
