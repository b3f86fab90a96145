// Starts Swagger UI on the document that the page names. Its own file, because the page allows no inline script.
"use strict";
const place = document.getElementById("swagger-ui");
window.ui = SwaggerUIBundle({
  domNode: place,
  url: place.dataset.url,
  deepLinking: true,
  // Large contracts have 1,500 operations and thousands of types: nothing is drawn before someone opens it.
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  defaultModelExpandDepth: 3,
  filter: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  // The badge would ask a foreign server.
  validatorUrl: null,
  syntaxHighlight: { activated: true, theme: "agate" },
});
