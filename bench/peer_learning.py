"""LightGBM, XGBoost, CatBoost and scikit-learn on the rows that the hub's own trees learn from and are judged on.

    peer_learning.py prepare FOLDER TELCO [X_EDUCATION]    writes the tables into FOLDER, prints the tasks as JSON
    peer_learning.py run TASKS                             one JSON line per task and library

A task is {"name", "data" (CSV), "target", "positive", "order" (a column: the last fifth by it judges, the fifth before it
validates), "drop": [columns], "missing": [texts]}. Everybody gets the same rows: stops early by the validation part, then
learns again from training and validation with the rounds found, with usual parameters that are not tuned. One thread
each.
"""

import json
import os
import sys
import time
import warnings

os.environ["OMP_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore")

import catboost
import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

RATE, ROUNDS, PATIENCE, SEED = 0.05, 3000, 50, 42


def ece(truth, chances, bins=15):
    """Expected calibration error over bins of about equal numbers of rows."""
    edges = np.unique(np.quantile(chances, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, chances, side="right") - 1, 0, len(edges) - 2)
    total = 0.0
    for bin in range(len(edges) - 1):
        inside = place == bin
        if inside.any():
            total += inside.mean() * abs(truth[inside].mean() - chances[inside].mean())
    return total


def of_lightgbm(x, y, part):
    given = dict(objective="binary", learning_rate=RATE, num_leaves=15, min_data_in_leaf=30, feature_fraction=0.8,
                 bagging_fraction=0.8, bagging_freq=1, lambda_l2=1.0, seed=SEED, num_threads=1, verbosity=-1)
    train = lightgbm.Dataset(x[part == "train"], y[part == "train"], free_raw_data=False)
    valid = lightgbm.Dataset(x[part == "valid"], y[part == "valid"], reference=train)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    rounds = lightgbm.train(given, train, ROUNDS, valid_sets=[valid], callbacks=[stop]).best_iteration
    model = lightgbm.train(given, lightgbm.Dataset(x[part != "test"], y[part != "test"]), rounds)
    return lambda rows: model.predict(rows, num_threads=1)


def of_xgboost(x, y, part):
    given = dict(learning_rate=RATE, max_depth=4, min_child_weight=5, subsample=0.8, colsample_bytree=0.8, reg_lambda=1.0,
                 tree_method="hist", enable_categorical=True, n_jobs=1, random_state=SEED, eval_metric="logloss")
    first = xgboost.XGBClassifier(n_estimators=ROUNDS, early_stopping_rounds=PATIENCE, **given)
    first.fit(x[part == "train"], y[part == "train"], eval_set=[(x[part == "valid"], y[part == "valid"])], verbose=False)
    model = xgboost.XGBClassifier(n_estimators=first.best_iteration + 1, **given)
    model.fit(x[part != "test"], y[part != "test"])
    return lambda rows: model.predict_proba(rows)[:, 1]


def of_catboost(x, y, part):
    named = [name for name in x if isinstance(x[name].dtype, pd.CategoricalDtype)]
    plain = x.copy()
    for name in named:
        plain[name] = plain[name].astype(object).where(plain[name].notna(), "missing").astype(str)
    given = dict(learning_rate=RATE, depth=6, random_seed=SEED, thread_count=1, verbose=False, cat_features=named,
                 allow_writing_files=False)
    first = catboost.CatBoostClassifier(iterations=ROUNDS, early_stopping_rounds=PATIENCE, **given)
    first.fit(plain[part == "train"], y[part == "train"], eval_set=(plain[part == "valid"], y[part == "valid"]))
    model = catboost.CatBoostClassifier(iterations=first.get_best_iteration() + 1, **given)
    model.fit(plain[part != "test"], y[part != "test"])

    def predict(rows):
        rows = rows.copy()
        for name in named:
            rows[name] = rows[name].astype(object).where(rows[name].notna(), "missing").astype(str)
        return model.predict_proba(rows, thread_count=1)[:, 1]

    return predict


def of_hist_gradient_boosting(x, y, part):
    model = HistGradientBoostingClassifier(learning_rate=RATE, max_iter=ROUNDS, early_stopping=True, n_iter_no_change=PATIENCE,
                                           categorical_features="from_dtype", random_state=SEED)
    wide = [name for name in x if isinstance(x[name].dtype, pd.CategoricalDtype) and x[name].nunique() > 255]

    # It takes 255 levels at most; numbers in their place are the usual way out.
    def numbered(rows):
        return rows.assign(**{name: rows[name].cat.codes.where(rows[name].notna()).astype(float) for name in wide})

    model.fit(numbered(x[part != "test"]), y[part != "test"])
    return lambda rows: model.predict_proba(numbered(rows))[:, 1]


def of_logistic(x, y, part):
    named = [name for name in x if isinstance(x[name].dtype, pd.CategoricalDtype)]
    numbers = [name for name in x if name not in named]
    encoded = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore"), named))
    model = make_pipeline(encoded, LogisticRegression(max_iter=2000))
    model.fit(x[part != "test"], y[part != "test"])
    return lambda rows: model.predict_proba(rows)[:, 1]


LIBRARIES = {
    f"LightGBM {lightgbm.__version__}": of_lightgbm,
    f"XGBoost {xgboost.__version__}": of_xgboost,
    f"CatBoost {catboost.__version__}": of_catboost,
    "scikit-learn HistGradientBoosting": of_hist_gradient_boosting,
    "scikit-learn logistic regression": of_logistic,
}


def table(task):
    data = pd.read_csv(task["data"], skipinitialspace=True, na_values=task["missing"])
    y = (data[task["target"]].astype(str) == task["positive"]).astype(int).to_numpy()
    rank = data[task["order"]].rank(method="first").to_numpy() - 1
    fifth = round(len(data) * 0.2)
    part = np.where(rank >= len(data) - fifth, "test", np.where(rank >= len(data) - 2 * fifth, "valid", "train"))
    x = data.drop(columns=[task["target"], task["order"], *task["drop"]])
    for name in list(x):
        if not pd.api.types.is_numeric_dtype(x[name]):
            numbers = pd.to_numeric(x[name], errors="coerce")
            said = x[name].notna() & (x[name].astype(str).str.strip() != "")
            x[name] = numbers if numbers.notna().sum() >= said.sum() else x[name].astype("category")
        if x[name].nunique(dropna=False) < 2:
            x = x.drop(columns=[name])
    return x, y, part


# Columns that sales staff fill in after the first contact, and those that are asked for later than capture.
AFTER_CONTACT = ["Tags", "Lead Quality", "Lead Profile", "Last Notable Activity", "Asymmetrique Activity Index",
                 "Asymmetrique Profile Index", "Asymmetrique Activity Score", "Asymmetrique Profile Score"]
AFTER_CAPTURE = ["Last Activity", "Specialization", "How did you hear about X Education", "What is your current occupation",
                 "What matters most to you in choosing a course", "City", "Country"]
TELCO_ORDERS = 5


def prepare(folder, telco, x_education=None):
    """Tables with a column that says which rows judge."""
    tasks = []
    data = pd.read_csv(telco)
    for seed in range(TELCO_ORDERS):
        path = os.path.join(folder, f"telco-{seed}.csv")
        data.assign(order=np.random.default_rng(seed).permutation(len(data))).to_csv(path, index=False)
        tasks.append(dict(name="Telco churn", data=path, target="Churn", positive="Yes", order="order", drop=[], missing=[]))
    if x_education:
        leads = pd.read_csv(x_education)
        path = os.path.join(folder, "x-education.csv")
        leads.loc[:, [not name.startswith("Unnamed") for name in leads]].to_csv(path, index=False)
        for name, drop in [("X Education, without what staff fill in", AFTER_CONTACT),
                           ("X Education, known at capture", AFTER_CONTACT + AFTER_CAPTURE)]:
            tasks.append(dict(name=name, data=path, target="Converted", positive="1", order="Lead Number",
                              drop=["Prospect ID", *drop], missing=["Select"]))
    print(json.dumps(tasks))


def main():
    if sys.argv[1] == "prepare":
        return prepare(*sys.argv[2:])
    with open(sys.argv[2], encoding="utf-8") as file:
        tasks = json.load(file)
    for task in tasks:
        x, y, part = table(task)
        test, truth = x[part == "test"], y[part == "test"]
        for name, train in LIBRARIES.items():
            begun = time.perf_counter()
            predict = train(x, y, part)
            seconds = time.perf_counter() - begun
            chances = np.clip(predict(test), 1e-15, 1 - 1e-15)
            one = test.iloc[[0]]
            singles = []
            for _ in range(50):
                begun = time.perf_counter()
                predict(one)
                singles.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            for _ in range(5):
                predict(test)
            batch = (time.perf_counter() - begun) / 5 / len(test)
            print(json.dumps({
                "task": task["name"], "library": name, "n_test": int(len(truth)), "auc": roc_auc_score(truth, chances),
                "log_loss": log_loss(truth, chances), "brier": brier_score_loss(truth, chances),
                "ece": ece(truth, chances), "average_precision": average_precision_score(truth, chances),
                "train_seconds": seconds, "score_micros_p50": float(np.median(singles)) * 1e6,
                "rows_per_second": 1 / batch,
            }), flush=True)


main()
