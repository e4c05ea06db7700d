<?php
// Tests of a small importer against a mock store: `php examples/php/importer_test.php`. Any test framework will do.

declare(strict_types=1);

require __DIR__ . '/store_for_tests.php';

/** The importer: return the numbers of all orders, page by page. */
function pull(StoreForTests $store): array
{
    $numbers = [];
    $headers = ['Authorization: Basic ' . base64_encode("{$store->username}:{$store->password}")];
    $window = 'start_date=01%2F01%2F2000+00%3A00&end_date=12%2F31%2F2099+00%3A00';
    for ($page = 1, $pages = 1; $page <= $pages; $page++) {
        for ($attempt = 0, $status = 0; $attempt < 3 && $status !== 200; $attempt++) {
            [$status, $xml] = request('GET', "{$store->url}&action=export&$window&page=$page", $headers);
        }
        if ($status !== 200) {
            throw new RuntimeException("page $page: $status");
        }
        $orders = new SimpleXMLElement($xml);
        $pages = (int) ($orders['pages'] ?? 1);
        foreach ($orders->Order as $order) {
            $numbers[] = (string) $order->OrderNumber;
        }
    }
    return $numbers;
}

function check(bool $holds, string $what): void
{
    if (!$holds) {
        throw new RuntimeException("failed: $what");
    }
    echo "passed: $what\n";
}

$store = new StoreForTests('--orders', '12', '--orders-per-page', '5', '--no-specimens');
try {
    $address = ['name' => 'Dana Sample', 'address1' => '12 Oak St', 'city' => 'Boston', 'country' => 'US'];
    $store->addOrders(['order_number' => 'A-1', 'customer' => ['billing' => $address, 'shipping' => $address]]);
    check(in_array('A-1', pull($store), true), 'every page is imported');
    check(count($store->requests()) === 3, 'no page is requested twice');

    $store->reset();
    $store->faults(['kind' => 'status', 'status' => 503, 'page' => 2]);
    $numbers = pull($store);
    check($numbers === array_unique($numbers), 'no order is imported twice');
    $statuses = array_column($store->requests(), 'status');
    check($statuses === [200, 503, 200, 200], 'a failed page is requested again');
} finally {
    $store->stop();
}
