<?php
// The services of router.php, each answer as late as SECONDS says: as those of a batch system behind a gateway are.
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    usleep((int) (1e6 * (float) getenv('SECONDS')));
}
return require __DIR__ . '/router.php';
